/**
 * A checkpoint as a file: a safetensors container with the adapter and both moments of AdamW as f32 [count], the events so far as
 * bytes, and the state as JSON in its metadata. Every part has a SHA-256: a file that was cut short or changed is refused whole.
 */
import * as v from 'valibot';
import { parseJson } from '../bounded';
import { sha256 } from '../digest';
import { blobSource } from '../formats/folder';
import { type ByteSource, openSafetensors, type Safetensors } from '../formats/safetensors';
import { safetensorsHeader } from '../formats/safetensorsWriter';
import { StudioError, shorten } from '../studioError';
import { decodeEvents, type KeptEvent } from './events';
import { type CheckpointState, type CheckpointTensor, checkpointSchema } from './state';

type Bytes = Uint8Array<ArrayBuffer>;

/** f32 as they lie on the card. */
export interface CheckpointValues {
  readonly adapter: Bytes;
  readonly first: Bytes;
  readonly second: Bytes;
}

export interface Checkpoint {
  readonly state: CheckpointState;
  readonly values: CheckpointValues;
  readonly events: readonly KeptEvent[];
}

const [STATE, DIGEST] = ['distillery.checkpoint', 'distillery.sha256'];
/** PyTorch's names for AdamW's moments. */
const names: Readonly<Record<CheckpointTensor, string>> = {
  ...{ adapter: 'adapter', first: 'exp_avg', second: 'exp_avg_sq', events: 'events' },
};
const tensors = ['adapter', 'first', 'second', 'events'] as const;

/** More than any adapter has: 2^30 values. */
const MOST_BYTES = 2 ** 32;
/** Of events: some hundred bytes a step, and the answers of every evaluation. */
const MOST_EVENT_BYTES = 2 ** 28;

/** The pieces of the file, in order; `events` are those of `EventLines`. */
export async function encodeCheckpoint(
  state: Omit<CheckpointState, 'digests'>,
  values: CheckpointValues,
  events: Blob,
): Promise<readonly Bytes[]> {
  const lines = new Uint8Array(await events.arrayBuffer());
  const data: Readonly<Record<CheckpointTensor, Bytes>> = { ...values, events: lines };
  const digests = await Promise.all(tensors.map(async (name) => [name, await sha256(data[name])] as const));
  const json = JSON.stringify({ ...state, digests: Object.fromEntries(digests) });
  const entries = tensors.map((name) => ({
    ...{ name: names[name], dtype: name === 'events' ? 'U8' : 'F32', data: data[name] },
    shape: [data[name].byteLength / (name === 'events' ? 1 : 4)],
  }));
  const digest = await sha256(new TextEncoder().encode(json));
  return [safetensorsHeader(entries, { [STATE]: json, [DIGEST]: digest }), ...tensors.map((name) => data[name])];
}

/** What a file says of itself, without its tensors. Throws a StudioError `checkpoint-invalid`. */
export async function readState(file: Blob, name: string): Promise<CheckpointState> {
  return (await open(blobSource(name, file))).state;
}

/** Throws a StudioError `checkpoint-invalid`. */
export async function decodeCheckpoint(file: Blob, name: string): Promise<Checkpoint> {
  const source = blobSource(name, file);
  const { state, container } = await open(source);
  const read = async (tensor: CheckpointTensor): Promise<Bytes> => {
    const { start, end } = container.tensors.get(names[tensor])!;
    const bytes = await source.read(start, end);
    if ((await sha256(bytes)) !== state.digests[tensor]) throw invalid(name, `its ${tensor} was changed or damaged`);
    return bytes;
  };
  const [adapter, first, second] = [await read('adapter'), await read('first'), await read('second')];
  const lines = await read('events');
  const events = because(name, () => decodeEvents(lines));
  if (!events.every((event) => isTaken(event, state.step)))
    throw invalid(name, `it tells of other steps than the ${state.step} that it has taken`);
  return { state, values: { adapter, first, second }, events };
}

/** A curve is as long as the last step that is told of it. */
function isTaken(event: KeptEvent, steps: number): boolean {
  if (event.type === 'work') return true;
  const { step } = event.type === 'step' ? event.metrics : event.evaluation;
  return Number.isInteger(step) && step >= 0 && step <= steps;
}

async function open(source: ByteSource): Promise<{ state: CheckpointState; container: Safetensors }> {
  const { name } = source;
  const container = await openSafetensors(source).catch((error: unknown) => {
    throw invalid(name, error instanceof StudioError ? String(error.detail.reason ?? error.message) : String(error));
  });
  const { [STATE]: json, [DIGEST]: digest } = container.metadata;
  if (json === undefined) throw invalid(name, 'it is no checkpoint of this studio');
  if ((await sha256(new TextEncoder().encode(json))) !== digest) throw invalid(name, 'its description was changed');
  const state = because(name, () => v.parse(checkpointSchema, parseJson(json)));
  if (state.step > state.totalSteps) throw invalid(name, `it has taken ${state.step} steps of ${state.totalSteps}`);
  checkTensors(name, container);
  return { state, container };
}

function checkTensors(file: string, { tensors: found }: Safetensors): void {
  const count = found.get(names.adapter)?.shape[0];
  for (const name of tensors) {
    const info = found.get(names[name]);
    const [dtype, most] = name === 'events' ? ['U8', MOST_EVENT_BYTES] : ['F32', MOST_BYTES];
    if (info?.dtype !== dtype || info.shape.length !== 1) throw invalid(file, `it has no ${name}`);
    if (info.end - info.start > most) throw invalid(file, `its ${name} has more than ${most} bytes`);
    if (name !== 'events' && info.shape[0] !== count) throw invalid(file, 'its moments are not those of its adapter');
  }
}

function because<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw invalid(file, error instanceof Error ? shorten(error.message) : String(error));
  }
}

export function invalid(file: string, reason: string): StudioError {
  const message = `The checkpoint "${file}" cannot be used: ${reason}. Choose another checkpoint, or start the stage anew.`;
  return new StudioError('checkpoint-invalid', message, { file, reason });
}
