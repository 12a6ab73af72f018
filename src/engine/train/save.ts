/** What the stages have made, written out: adapters as PEFT keeps them, models as Hugging Face folders. */
import { writePeft } from '../formats/peft';
import { writeCheckpoint } from '../formats/shards';
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
  /** Bytes written and bytes in all, of the weights. */
  readonly progress?: ((bytes: number, total: number) => void) | undefined;
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
      return saveModel(saving, loaded, outgoingTensors(gpu, merged));
    }
    case 'student-distilled': {
      const [loaded, adapter] = made(artifact, student, adapterFor(student, 'distill'));
      return saveModel(saving, loaded, outgoingTensors(gpu, loaded.base, adapter.value));
    }
    default:
      artifact satisfies never;
  }
}

function made<T>(artifact: Artifact, loaded: LoadedModel | undefined, value: T | undefined): [LoadedModel, T] {
  if (loaded && value) return [loaded, value];
  throw new StudioError('nothing-to-save', `There is no ${artifact} yet: run its stage first.`, { artifact });
}

async function saveModel(
  { sink, progress, shardBytes }: Saving,
  { files }: LoadedModel,
  tensors: ReturnType<typeof outgoingTensors>,
): Promise<void> {
  for (const [name, blob] of files) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    await writeFile(sink, name, [name === 'config.json' ? inBf16(bytes) : bytes]);
  }
  await writeCheckpoint(sink, tensors, shardBytes, progress);
}

/** The weights are written in bf16, whatever type they came in; everything else in the config stays as it is. */
function inBf16(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const config: Record<string, unknown> = JSON.parse(new TextDecoder().decode(bytes));
  const field = 'dtype' in config ? 'dtype' : 'torch_dtype';
  if (config[field] === 'bfloat16') return bytes;
  return new TextEncoder().encode(`${JSON.stringify({ ...config, [field]: 'bfloat16' }, null, 2)}\n`);
}

async function saveAdapter({ gpu, sink }: Saving, { base, info }: LoadedModel, adapter: TrainedAdapter): Promise<void> {
  const { rank, alpha } = adapter.value.settings;
  const facts = { rank, alpha, dropout: adapter.dropout, baseModel: info.name };
  const files = writePeft(await downloadPairs(gpu, adapter.value), modulesOf(base), facts);
  for (const [name, blob] of files) await writeFile(sink, name, [new Uint8Array(await blob.arrayBuffer())]);
}
