/** The part of the engine's door that stages go through: planned, run, and what they tell meanwhile. Types only. */
import type { Problem } from './data/jsonl';
import type { Count } from './gpu/work';
import type { MemoryHeld, StagePlan } from './memoryUse';
import type { MergeReport } from './mergeReport';
import type { Split, Stage, Subject } from './studio';
import type { StudioError } from './studioError';
import type { Recipe } from './train/recipe';

export type Phase =
  | 'tokenizing'
  /** A resumed run fills what the teacher said before its checkpoint. */
  | 'recalling'
  | 'compiling'
  | 'training'
  | 'evaluating-loss'
  | 'generating'
  | 'merging'
  | 'comparing'
  | 'paused';

/** Everything measured in one optimizer step. Losses are means over the valid tokens of the whole step. */
export interface StepMetrics {
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  /** What was minimised. */
  readonly loss: number;
  readonly crossEntropy: number;
  /** Distillation only: the divergence from the teacher, with its T² when the recipe says so. */
  readonly divergence: number | undefined;
  /** Share of label positions where the most likely token is the label (teacher forcing). */
  readonly tokenAccuracy: number;
  /** Distillation only: share of the compared positions where teacher and student have the same most likely token. */
  readonly agreement: number | undefined;
  readonly learningRate: number;
  readonly gradientNorm: number;
  readonly labelTokens: number;
  /** Tokens that went through the model: with packing and a shared prefix, fewer than the rows hold. */
  readonly computedTokens: number;
  /** Tokens that the rows of the step hold. */
  readonly rowTokens: number;
  /** What the step's kernels had to do. */
  readonly work: Count;
  /** Bytes held on the GPU while it was computed. */
  readonly memoryHeld: number;
  /** Wall time of this step, milliseconds, pauses and evaluations left out. */
  readonly milliseconds: number;
}

export interface Evaluation {
  readonly subject: Subject;
  /** Optimizer steps done before it; 0 is untrained. */
  readonly step: number;
  /** Mean cross-entropy on the label tokens of the rows, if measured. */
  readonly loss: number | undefined;
  readonly correct: number;
  readonly rows: number;
  /** True when all test rows were asked, false for a sample. */
  readonly complete: boolean;
  readonly answers: readonly Answer[];
  /** Asked beside a sample: the rows outside of it with the largest losses, which no accuracy counts. */
  readonly worst: readonly Answer[];
}

export interface Answer {
  /** Only where several files were opened as one. */
  readonly file?: string;
  readonly line: number;
  readonly question: string;
  readonly expected: string;
  readonly output: string;
  readonly correct: boolean;
  /** Mean cross-entropy on the tokens of the expected answer; undefined where it was not measured. */
  readonly loss?: number | undefined;
}

/** Told while a stage runs, in order. */
export type StageEvent =
  | { readonly type: 'phase'; readonly phase: Phase; readonly done: number; readonly total: number }
  | { readonly type: 'step'; readonly metrics: StepMetrics }
  /** What the kernels of the first step had to do, by op. */
  | { readonly type: 'work'; readonly ops: Readonly<Record<string, Count>> }
  /** Rows that were left out because of what the model can hold. */
  | { readonly type: 'problems'; readonly split: Split; readonly problems: readonly Problem[] }
  | { readonly type: 'evaluation'; readonly evaluation: Evaluation }
  | { readonly type: 'merged'; readonly report: MergeReport }
  /** A training goes on behind `step`; the steps and evaluations before it are told again. `milliseconds`: what they took. */
  | { readonly type: 'resumed'; readonly step: number; readonly milliseconds: number }
  /**
   * A whole checkpoint of so many bytes is written, `kept` with the one before it; `milliseconds` from when it was due, the
   * training went on meanwhile.
   */
  | {
      readonly type: 'checkpoint';
      readonly step: number;
      readonly bytes: number;
      readonly kept: number;
      readonly milliseconds: number;
    }
  /**
   * The numbers go wrong: nothing is kept until they are right again, so that what is kept can be gone back to. Or the training
   * goes on where it rounds otherwise.
   */
  | { readonly type: 'trouble'; readonly step: number; readonly failure: StageFailure }
  /** One could not be written: the one before it is kept, and the training goes on. */
  | { readonly type: 'checkpoint-failed'; readonly step: number; readonly failure: StageFailure }
  /** Before anything is allocated, and when everything is done. */
  | { readonly type: 'plan'; readonly plan: StagePlan }
  | { readonly type: 'held'; readonly held: MemoryHeld };

/** Something that went wrong and ended nothing: the fields of a `StudioError` as plain data. */
export type StageFailure = Pick<StudioError, 'code' | 'message' | 'detail'>;

/** Stages whose models and rows are there. */
export type MemoryPlan = Readonly<Partial<Record<Stage, StagePlan>>>;

/** How a stage ended; a stop keeps what was learnt so far. */
export type StageResult = { readonly outcome: 'done' | 'stopped'; readonly steps: number };

/** Where checkpoints of a run are kept, and what it goes on from. */
export interface Keeping {
  /** Of the run alone; letters, digits, - and _. */
  readonly key: string;
  /** The newest checkpoint of the key, or a checkpoint in a file; its recipe is the run's. */
  readonly resume?: 'newest' | Blob | undefined;
  /** Where the numbers had gone wrong behind it: without the rows of a step (1-based), or at that share of the learning rate. */
  readonly change?: { readonly skip?: number | 'next' | undefined; readonly rate?: number } | undefined;
  /** Kept when the stage is done as well, until whoever asks for it has its result in a safe place and deletes them. */
  readonly lasting?: boolean | undefined;
}

/** What a checkpoint says of itself. */
export interface CheckpointFacts {
  readonly stage: 'sft' | 'distill' | 'control';
  readonly step: number;
  readonly totalSteps: number;
  /** Milliseconds since 1970. */
  readonly written: number;
  readonly recipe: Recipe;
  /** Of what is kept under its key. */
  readonly bytes: number;
}

export interface KeptCheckpoint extends CheckpointFacts {
  readonly key: string;
}

export interface CheckpointList {
  readonly kept: readonly KeptCheckpoint[];
  /** Keys under which there is none that can be read. */
  readonly unreadable: readonly string[];
}

export interface CheckpointsDoor {
  /** The newest of every key. */
  checkpoints(): Promise<CheckpointList>;
  /** Rejects with `checkpoint-invalid`. */
  inspectCheckpoint(file: Blob): Promise<CheckpointFacts>;
  /** The newest whole one, to be saved elsewhere. Rejects with `checkpoint-none`, `checkpoint-invalid`. */
  checkpointFile(key: string): Promise<Blob>;
  deleteCheckpoints(keys: readonly string[]): Promise<void>;
}

export interface StagesDoor extends CheckpointsDoor {
  /** What every stage would hold with this recipe. Rejects with `busy` while one runs, `replanned` when asked anew. */
  plan(recipe: Recipe): Promise<MemoryPlan>;
  /**
   * Runs one stage. Rejects with a `StudioError`; a second start while one runs is refused with `busy`. A training stage leaves
   * checkpoints where `keeping` says, until it is done; what lay there before is deleted, unless it goes on from it. One that goes on from a checkpoint ends with the bits of one that was
   * never interrupted, on the same adapter; it rejects with `checkpoint-none`,
   * `checkpoint-invalid`, or what is not as it was: `checkpoint-stage`, `-model`, `-teacher`, `-rows`.
   */
  run(stage: Stage, recipe: Recipe, listen: (event: StageEvent) => void, keeping?: Keeping): Promise<StageResult>;
  /** At the next step boundary. */
  pause(): void;
  resume(): void;
  stop(): void;
}
