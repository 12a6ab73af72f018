/** A packed batch on the GPU: index tensors allocated once for the longest batch of a run. */
import type { PackedBatch } from '../data/batches';
import type { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import type { Tensor } from '../gpu/tensor';
import { upload } from '../gpu/transfer';

/** Where tokens stand and what they see: all u32, one value per token. */
export interface PlaceTensors {
  readonly positions: Tensor;
  readonly keyStart: Tensor;
  readonly keyEnd: Tensor;
}

/** What the layers read about the tokens. */
export interface TokenTensors extends PlaceTensors {
  readonly ids: Tensor;
}

/** Some tokens of a batch, ascending: all that the last layer computes. */
export interface PickedTensors extends PlaceTensors {
  /** Their places among the tokens. */
  readonly index: Tensor;
}

export interface BatchTensors extends TokenTensors {
  /** [T, 2] which tokens see a token: from, to. */
  readonly seenBy: Tensor;
  /** The label positions. */
  readonly labels: PickedTensors & {
    /** [T, 2] which label positions see a token: from, to. */
    readonly seenBy: Tensor;
  };
  /** u32, one value per label position. */
  readonly targets: Tensor;
  readonly compared: Tensor;
}

export function allocateBatch(arena: Arena, maxTokens: number, maxLabels: number): BatchTensors {
  const ranges = (name: string) => arena.tensor(name, [maxTokens, 2], 'u32');
  const perLabel = (name: string) => arena.tensor(name, [maxLabels], 'u32');
  return {
    ...allocateTokens(arena, maxTokens),
    seenBy: ranges('seenBy'),
    labels: { ...allocatePicked(arena, maxLabels), seenBy: ranges('seenByLabels') },
    targets: perLabel('targets'),
    compared: perLabel('compared'),
  };
}

export function allocateTokens(arena: Arena, most: number): TokenTensors {
  const each = (name: string) => arena.tensor(name, [most], 'u32');
  return { ids: each('ids'), positions: each('positions'), keyStart: each('keyStart'), keyEnd: each('keyEnd') };
}

export function allocatePicked(arena: Arena, most: number): PickedTensors {
  const each = (name: string) => arena.tensor(name, [most], 'u32');
  return {
    index: each('picked'),
    positions: each('pickedPositions'),
    keyStart: each('pickedStart'),
    keyEnd: each('pickedEnd'),
  };
}

/** What a pass over all of a batch is given of it: only its label positions are asked for. */
export function passOver({ tokens, pairs, prefix, labels, labelPairs }: PackedBatch, tensors: BatchTensors) {
  const picked = { count: labels, pairs: labelPairs, tensors: tensors.labels };
  return { tokens, pairs, prefix, batch: tensors, picked };
}

export function uploadBatch(gpu: Gpu, tensors: BatchTensors, batch: PackedBatch): void {
  upload(gpu, tensors.ids, batch.ids);
  upload(gpu, tensors.positions, batch.positions);
  upload(gpu, tensors.keyStart, batch.keyStart);
  upload(gpu, tensors.keyEnd, batch.keyEnd);
  upload(
    gpu,
    tensors.seenBy,
    ranges(batch, (t) => t),
  );
  uploadPicked(gpu, tensors.labels, batch.labelRows, batch);
  upload(gpu, tensors.labels.seenBy, ranges(batch, labelsBefore(batch)));
  upload(gpu, tensors.targets, batch.targets);
  upload(gpu, tensors.compared, batch.compared);
}

type Places = Pick<PackedBatch, 'positions' | 'keyStart' | 'keyEnd'>;

export function uploadPicked(gpu: Gpu, tensors: PickedTensors, index: Uint32Array<ArrayBuffer>, places: Places): void {
  const { positions, keyStart, keyEnd } = places;
  upload(gpu, tensors.index, index);
  upload(
    gpu,
    tensors.positions,
    index.map((t) => positions[t]!),
  );
  upload(
    gpu,
    tensors.keyStart,
    index.map((t) => keyStart[t]!),
  );
  upload(
    gpu,
    tensors.keyEnd,
    index.map((t) => keyEnd[t]!),
  );
}

/** Token j is seen by the tokens [j, queryEnd[j]); `count` gives how many of those asked about stand before a token. */
function ranges({ tokens, queryEnd }: PackedBatch, count: (token: number) => number): Uint32Array<ArrayBuffer> {
  const pairs = new Uint32Array(2 * tokens);
  for (let j = 0; j < tokens; j++) pairs.set([count(j), count(queryEnd[j]!)], 2 * j);
  return pairs;
}

function labelsBefore({ tokens, labelRows }: PackedBatch): (token: number) => number {
  const before = new Uint32Array(tokens + 1);
  for (const t of labelRows) before[t + 1] = 1;
  for (let t = 1; t <= tokens; t++) before[t]! += before[t - 1]!;
  return (token) => before[token]!;
}
