/** A checkpoint as Hugging Face keeps it: one safetensors file, or shards of at most so many bytes with an index. */
import { byteLength } from './safetensorsEntry';
import { safetensorsHeader } from './safetensorsWriter';
import { type Sink, writeFile } from './sink';

/** A tensor to be written; its bytes are asked for when their turn comes. */
export interface OutgoingTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly pieces: () => AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** As transformers' `max_shard_size="2GB"`. */
export const SHARD_BYTES = 2048e6;

const METADATA = { format: 'pt' };

/**
 * Writes `model.safetensors`, or `model-00001-of-0000N.safetensors` … and their index. Tensors keep their order; a tensor
 * above `most` bytes has a shard of its own. `progress` is told the bytes written.
 */
export async function writeCheckpoint(
  sink: Sink,
  tensors: readonly OutgoingTensor[],
  most: number = SHARD_BYTES,
  progress: (bytes: number, total: number) => void = () => {},
): Promise<void> {
  const shards = shardsOf(tensors, most);
  const total = checkpointBytes(tensors);
  let done = 0;
  const count = (bytes: number): void => {
    done += bytes;
    progress(done, total);
  };
  for (const [index, shard] of shards.entries())
    await writeFile(sink, fileName(index, shards.length), stream(shard, count));
  if (shards.length > 1) await writeFile(sink, 'model.safetensors.index.json', [indexOf(shards, total)]);
}

/** Bytes of all tensors. */
export function checkpointBytes(tensors: readonly OutgoingTensor[]): number {
  return tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
}

function shardsOf(tensors: readonly OutgoingTensor[], most: number): OutgoingTensor[][] {
  const shards: OutgoingTensor[][] = [[]];
  let room = most;
  for (const tensor of tensors) {
    const bytes = bytesOf(tensor);
    if (bytes > room && shards.at(-1)!.length > 0) {
      shards.push([]);
      room = most;
    }
    shards.at(-1)!.push(tensor);
    room -= bytes;
  }
  return shards;
}

function bytesOf({ name, dtype, shape }: OutgoingTensor): number {
  const bytes = byteLength(dtype, shape);
  if (bytes === undefined) throw new RangeError(`${name}: ${dtype} [${shape.join(', ')}] has no size`);
  return bytes;
}

function fileName(index: number, count: number): string {
  const part = (n: number): string => String(n).padStart(5, '0');
  return count === 1 ? 'model.safetensors' : `model-${part(index + 1)}-of-${part(count)}.safetensors`;
}

async function* stream(shard: readonly OutgoingTensor[], count: (bytes: number) => void) {
  yield safetensorsHeader(
    shard.map((tensor) => ({ ...tensor, data: { byteLength: bytesOf(tensor) } })),
    METADATA,
  );
  for (const tensor of shard) {
    let written = 0;
    for await (const piece of tensor.pieces()) {
      yield piece;
      written += piece.byteLength;
      count(piece.byteLength);
    }
    if (written !== bytesOf(tensor))
      throw new Error(`${tensor.name}: ${written} bytes were written, not ${bytesOf(tensor)}`);
  }
}

function indexOf(shards: readonly OutgoingTensor[][], total: number): Uint8Array<ArrayBuffer> {
  const entries = shards.flatMap((shard, index) => shard.map(({ name }) => [name, fileName(index, shards.length)]));
  const json = { metadata: { total_size: total }, weight_map: Object.fromEntries(entries.sort()) };
  return new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`);
}
