/** What merging did to every matrix, measured on the GPU; a merge with values that are not finite is refused. */
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { GpuRecorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { downloadFloats } from '../gpu/transfer';
import type { Adapter } from '../ops/lora';
import * as weightShift from '../ops/weightShift';
import { StudioError } from '../studioError';
import type { LoraAdapter } from './lora';
import { type Projection, projections } from './projections';
import { projectionName, type Weights } from './weights';

export interface MergedMatrix {
  /** Its name in the checkpoint, without `.weight`. */
  readonly name: string;
  readonly pair: Adapter;
  /** [outputs, inputs] bf16, before and after */
  readonly weight: Tensor;
  readonly merged: Tensor;
}

/** Every adapted matrix of a model, before and after merging. */
export function mergedMatrices(
  before: Weights,
  after: Weights,
  adapter: LoraAdapter,
): (MergedMatrix & { readonly layer: number; readonly projection: Projection })[] {
  return adapter.layers.flatMap((pairs, layer) =>
    projections.flatMap((projection) => {
      const pair = pairs[projection];
      if (!pair) return [];
      const [weight, merged] = [before, after].map(({ layers }) => layers[layer]![projection].weight);
      return [{ name: projectionName(layer, projection), layer, projection, pair, weight: weight!, merged: merged! }];
    }),
  );
}

/** What measuring so many matrices needs. */
export function allocateCheck(arena: Arena, matrices: number) {
  return {
    partials: arena.tensor('partials', [weightShift.partialFloats]),
    results: arena.tensor('results', [matrices, weightShift.SHIFT_FLOATS]),
  };
}

/** The shift of every matrix, in their order. Throws a StudioError `merge-not-finite` that names the first bad one. */
export async function checkMerge(gpu: Gpu, matrices: readonly MergedMatrix[]): Promise<weightShift.WeightShift[]> {
  const arena = new Arena(gpu.device, 'merge check');
  const rec = new GpuRecorder(gpu);
  try {
    const { partials, results } = allocateCheck(arena, matrices.length);
    for (const [index, { pair, weight, merged }] of matrices.entries()) {
      weightShift.measure(rec, pair, { weight, merged, index }, partials, results);
      // A submit that lasts is taken for a hang.
      await rec.submit();
    }
    const floats = await downloadFloats(gpu, results);
    return matrices.map(({ name }, index) => finite(name, weightShift.shiftAt(floats, index)));
  } finally {
    rec.destroy();
    arena.destroy();
  }
}

function finite(name: string, shift: weightShift.WeightShift): weightShift.WeightShift {
  if (shift.broken === 0) return shift;
  const message =
    `Merging was refused: ${shift.broken} of the merged weights of ${name} would not be finite numbers. ` +
    'Base and adapter are as before; train the adapter anew, with a lower learning rate.';
  throw new StudioError('merge-not-finite', message, { tensor: name, count: shift.broken });
}
