/** A packed batch on the GPU: index tensors allocated once for the longest batch of a run. */
import type { PackedBatch } from '../data/batches';
import type { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import type { Tensor } from '../gpu/tensor';
import { upload } from '../gpu/transfer';

/** What the layers read about the tokens: all u32, one value per token. */
export interface TokenTensors {
  readonly ids: Tensor;
  readonly positions: Tensor;
  readonly keyStart: Tensor;
  readonly keyEnd: Tensor;
}

export interface BatchTensors extends TokenTensors {
  readonly queryEnd: Tensor;
  /** u32, one value per label position. */
  readonly labelRows: Tensor;
  readonly targets: Tensor;
  readonly compared: Tensor;
}

export function allocateBatch(arena: Arena, maxTokens: number, maxLabels: number): BatchTensors {
  const perToken = (name: string) => arena.tensor(name, [maxTokens], 'u32');
  const perLabel = (name: string) => arena.tensor(name, [maxLabels], 'u32');
  return {
    ids: perToken('ids'),
    positions: perToken('positions'),
    keyStart: perToken('keyStart'),
    keyEnd: perToken('keyEnd'),
    queryEnd: perToken('queryEnd'),
    labelRows: perLabel('labelRows'),
    targets: perLabel('targets'),
    compared: perLabel('compared'),
  };
}

export function uploadBatch(gpu: Gpu, tensors: BatchTensors, batch: PackedBatch): void {
  upload(gpu, tensors.ids, batch.ids);
  upload(gpu, tensors.positions, batch.positions);
  upload(gpu, tensors.keyStart, batch.keyStart);
  upload(gpu, tensors.keyEnd, batch.keyEnd);
  upload(gpu, tensors.queryEnd, batch.queryEnd);
  upload(gpu, tensors.labelRows, batch.labelRows);
  upload(gpu, tensors.targets, batch.targets);
  upload(gpu, tensors.compared, batch.compared);
}
