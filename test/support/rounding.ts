/** What rounding to bf16 took from a merged model, as an adapter: on top of the merged weights it undoes the rounding. */
import type { Arena } from '../../src/engine/gpu/arena';
import type { Gpu } from '../../src/engine/gpu/gpu';
import type { Tensor } from '../../src/engine/gpu/tensor';
import { download, downloadFloats, upload } from '../../src/engine/gpu/transfer';
import { allocateAdapter, type LoraAdapter } from '../../src/engine/model/lora';
import type { Model } from '../../src/engine/model/weights';
import type { Adapter } from '../../src/engine/ops/lora';
import { unpackBf16 } from './bf16';

/** An adapter of full rank holds any matrix: one factor is the difference, the other the identity. */
export async function roundingAdapter(
  gpu: Gpu,
  arena: Arena,
  { base, adapter, merged }: { base: Model; adapter: LoraAdapter; merged: Model },
): Promise<LoraAdapter> {
  const { targets } = adapter.settings;
  const shapes = targets.map((projection) => base.weights.layers[0]![projection].weight.shape);
  const rank = Math.max(...shapes.map((shape) => Math.min(...shape)));
  const residual = allocateAdapter(arena, base, { rank, alpha: rank, targets }, 'rounding');
  for (const [layer, pairs] of residual.layers.entries()) {
    for (const projection of targets) {
      const low = adapter.layers[layer]![projection]!;
      const [before, after] = [base, merged].map((model) => model.weights.layers[layer]![projection].weight);
      const lost = await difference(gpu, before!, low, after!);
      write(gpu, pairs[projection]!, lost, before!.shape[0]!, before!.shape[1]!);
    }
  }
  return residual;
}

/** W + scale · B A - merged, in float64. */
async function difference(gpu: Gpu, weight: Tensor, { a, b, rank, scale }: Adapter, merged: Tensor) {
  const [outputs, inputs] = weight.shape as [number, number];
  const read = async (tensor: Tensor) => unpackBf16(await download(gpu, tensor), outputs * inputs);
  const [w, m] = [await read(weight), await read(merged)];
  const [lowA, lowB] = [await downloadFloats(gpu, a), await downloadFloats(gpu, b)];
  return w.map((value, at) => {
    const [row, column] = [Math.floor(at / inputs), at % inputs];
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += lowB[row * rank + r]! * lowA[r * inputs + column]!;
    return value + scale * sum - m[at]!;
  });
}

function write(gpu: Gpu, { a, b, rank }: Adapter, matrix: Float32Array, outputs: number, inputs: number): void {
  const [valuesA, valuesB] = [new Float32Array(rank * inputs), new Float32Array(outputs * rank)];
  if (outputs <= rank) {
    valuesA.set(matrix);
    for (let i = 0; i < outputs; i++) valuesB[i * rank + i] = 1;
  } else {
    for (let i = 0; i < inputs; i++) valuesA[i * inputs + i] = 1;
    for (let row = 0; row < outputs; row++) valuesB.set(matrix.subarray(row * inputs, (row + 1) * inputs), row * rank);
  }
  upload(gpu, a, valuesA);
  upload(gpu, b, valuesB);
}
