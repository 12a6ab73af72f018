/** What the stages have made, written out: adapters as PEFT keeps them, models as Hugging Face folders. */
import type { Form } from '../formats/forms';
import { writeModelFolder } from '../formats/modelFolder';
import type { WriteProgress } from '../formats/outgoing';
import { writePeft } from '../formats/peft';
import { type Sink, writeFile } from '../formats/sink';
import type { Gpu } from '../gpu/gpu';
import { modulesOf } from '../model/initial';
import { adapterFor, type LoadedModel, type TrainedAdapter } from '../model/loaded';
import { downloadPairs } from '../model/lora';
import { outgoingTensors } from '../model/saving';
import type { Artifact, Role } from '../studio';
import { StudioError } from '../studioError';

export interface Saving {
  readonly gpu: Gpu;
  readonly models: Partial<Record<Role, LoadedModel>>;
  readonly sink: Sink;
  /** Bytes of a file of weights at most. */
  readonly shardBytes?: number | undefined;
  /** Of a model, beside safetensors. */
  readonly forms?: readonly Form[] | undefined;
  /** Of the model in its files; the artifact's when left out. */
  readonly name?: string | undefined;
  readonly progress?: WriteProgress | undefined;
}

/** Throws a StudioError `nothing-to-save` when no stage has made it yet. */
export async function save(saving: Saving, artifact: Artifact): Promise<void> {
  const { gpu, models } = saving;
  const teacher = models.teacher;
  const student = models.student;
  switch (artifact) {
    case 'teacher-adapter':
      return saveAdapter(saving, ...made(artifact, teacher, adapterFor(teacher, 'sft')));
    case 'student-adapter':
      return saveAdapter(saving, ...made(artifact, student, adapterFor(student, 'distill')));
    case 'control-adapter':
      return saveAdapter(saving, ...made(artifact, student, adapterFor(student, 'control')));
    case 'teacher-merged': {
      const [loaded, merged] = made(artifact, teacher, teacher?.merged?.value);
      return saveModel(saving, artifact, loaded, outgoingTensors(gpu, merged));
    }
    case 'student-distilled': {
      const [loaded, adapter] = made(artifact, student, adapterFor(student, 'distill'));
      return saveModel(saving, artifact, loaded, outgoingTensors(gpu, loaded.base, adapter.value));
    }
    default:
      artifact satisfies never;
  }
}

function made<T>(artifact: Artifact, loaded: LoadedModel | undefined, value: T | undefined): [LoadedModel, T] {
  if (loaded && value) return [loaded, value];
  throw new StudioError('nothing-to-save', `There is no ${artifact} yet: run its stage first.`, { artifact });
}

function saveModel(
  { sink, progress, shardBytes, forms, name }: Saving,
  artifact: Artifact,
  { base, files }: LoadedModel,
  tensors: ReturnType<typeof outgoingTensors>,
): Promise<void> {
  const choice = { shardBytes, forms, name: name ?? artifact };
  return writeModelFolder(sink, { config: base.config, tensors, files }, choice, progress);
}

async function saveAdapter({ gpu, sink }: Saving, { base, info }: LoadedModel, adapter: TrainedAdapter): Promise<void> {
  const { rank, alpha } = adapter.value.settings;
  const facts = { rank, alpha, dropout: adapter.dropout, baseModel: info.name };
  const files = writePeft(await downloadPairs(gpu, adapter.value), modulesOf(base), facts);
  for (const [name, blob] of files) await writeFile(sink, name, [new Uint8Array(await blob.arrayBuffer())]);
}
