/** What the stages have made, written out: adapters as PEFT keeps them, models as Hugging Face folders. */
import type { Form } from '../formats/forms';
import { withEndToken } from '../formats/generationConfig';
import { writeModelFolder } from '../formats/modelFolder';
import type { WriteProgress } from '../formats/outgoing';
import { writePeft } from '../formats/peft';
import { type Sink, writeFile } from '../formats/sink';
import type { Gpu } from '../gpu/gpu';
import { modulesOf } from '../model/initial';
import { adapterFor, type LoadedModel, type TrainedAdapter } from '../model/loaded';
import { downloadPairs } from '../model/lora';
import { outgoingTensors } from '../model/saving';
import type { Artifact, ModelInfo, Role } from '../studio';
import { StudioError } from '../studioError';
import { modelCard } from '../takeHome/card/card';
import { cardFile, type RunFacts } from '../takeHome/facts';
import { type RunFile, runFiles } from '../takeHome/files';
import { formsOf } from '../takeHome/forms';

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
  /** What the files about the run are written from; without it there are none. */
  readonly run?: RunFacts | undefined;
  readonly progress?: WriteProgress | undefined;
}

/** Throws a StudioError `nothing-to-save` when no stage has made it yet. */
export async function save(saving: Saving, artifact: Artifact): Promise<void> {
  const { gpu, models } = saving;
  const teacher = models.teacher;
  const student = models.student;
  switch (artifact) {
    case 'teacher-adapter':
      return saveAdapter(saving, artifact, ...made(artifact, teacher, adapterFor(teacher, 'sft')));
    case 'student-adapter':
      return saveAdapter(saving, artifact, ...made(artifact, student, adapterFor(student, 'distill')));
    case 'control-adapter':
      return saveAdapter(saving, artifact, ...made(artifact, student, adapterFor(student, 'control')));
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

async function saveModel(
  saving: Saving,
  artifact: Artifact,
  { base: { config }, tokenizer, files: own, info }: LoadedModel,
  tensors: ReturnType<typeof outgoingTensors>,
): Promise<void> {
  const { shardBytes, forms, progress } = saving;
  const facts = { name: saving.name ?? artifact, ...originFacts(info) };
  const [sink, written] = noting(saving.sink);
  const about = () => aboutFiles(saving, artifact, written);
  const files = await withEndToken(own, config.endTokens, tokenizer.endToken);
  return writeModelFolder(sink, { config, tensors, files }, { shardBytes, forms, facts, about }, progress);
}

function originFacts({ origin }: ModelInfo) {
  const licence = origin?.licence;
  return {
    licence: licence && (licence.ownTerms ? 'other' : licence.id),
    ...(licence?.ownTerms && { licenceName: licence.id, licenceLink: licence.link }),
    ...(origin?.repository && { baseModels: [origin.repository] }),
  };
}

async function saveAdapter(
  saving: Saving,
  artifact: Artifact,
  { base, info }: LoadedModel,
  adapter: TrainedAdapter,
): Promise<void> {
  const { rank, alpha } = adapter.value.settings;
  const facts = { rank, alpha, dropout: adapter.dropout, baseModel: info.name };
  const files = writePeft(await downloadPairs(saving.gpu, adapter.value), modulesOf(base), facts);
  const [sink, written] = noting(saving.sink);
  for (const [name, blob] of files) await writeFile(sink, name, [new Uint8Array(await blob.arrayBuffer())]);
  for (const { path, bytes } of aboutFiles(saving, artifact, written)) await writeFile(sink, path, [bytes]);
}

/** Whoever opens the folder later, here or elsewhere, finds the run in it and a card that says what it is. */
function* aboutFiles({ run }: Saving, artifact: Artifact, written: readonly string[]): Iterable<RunFile> {
  if (!run) return;
  // Models are passed on: test questions stay at home, in the kept run.
  yield* runFiles(run, { artifact, answers: false });
  const card = modelCard(run, { artifact, forms: formsOf(written) });
  yield { path: cardFile, bytes: new TextEncoder().encode(card) };
}

/** The sink, and the paths of what was written into it. */
function noting(sink: Sink): [Sink, readonly string[]] {
  const written: string[] = [];
  const create: Sink['create'] = async (file) => {
    const writer = await sink.create(file);
    written.push(file);
    return writer;
  };
  return [{ create }, written];
}
