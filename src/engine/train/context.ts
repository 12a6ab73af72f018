/** What a stage works with, and what several stages need of it. */
import type { Checkpoint } from '../checkpoint/file';
import type { Slots } from '../checkpoint/slots';
import type { Changes, CheckpointState } from '../checkpoint/state';
import type { TokenRow } from '../data/examples';
import type { Gpu } from '../gpu/gpu';
import type { LoadedModel } from '../model/loaded';
import type { LoraAdapter } from '../model/lora';
import type { Model } from '../model/weights';
import type { Split, StageEvent } from '../studio';
import { StudioError } from '../studioError';
import type { Control } from './control';
import type { Recipe } from './recipe';
import type { ScratchFile } from './teacherStates';

export interface StageContext {
  readonly gpu: Gpu;
  readonly recipe: Recipe;
  readonly control: Control;
  readonly emit: (event: StageEvent) => void;
  readonly teacher: LoadedModel | undefined;
  readonly student: LoadedModel | undefined;
  /** Token rows of a split under a model's tokenizer; empty when there is no such data, undefined when stopped. */
  readonly rows: (model: LoadedModel, split: Split) => Promise<readonly TokenRow[] | undefined>;
  /** Undefined where none are kept. */
  readonly checkpoints?: StageCheckpoints | undefined;
  /** A file of the stage's own, which it closes; undefined where there is none. */
  readonly scratch: () => Promise<{ readonly file: ScratchFile; close(): Promise<void> } | undefined>;
}

export interface StageCheckpoints {
  readonly slots: Slots;
  /** What the stage goes on from. */
  readonly resumed: Checkpoint | undefined;
  /** It is not in the slots as it goes on: it came in a file, or a person has decided something. */
  readonly unkept: boolean;
  readonly changes: Changes;
  /** The kernels that compute. */
  readonly kernels: CheckpointState['kernels'];
}

/** Whose answers: a model, with or without an adapter. */
export interface Candidate {
  readonly model: Model;
  readonly adapter: LoraAdapter | undefined;
}

/** Throws a StudioError `no-model` when there is none. */
export function need(model: LoadedModel | undefined, role: string): LoadedModel {
  if (!model) throw new StudioError('no-model', `There is no ${role} model: load one first.`, { role });
  return model;
}
