/** The norm of the gradients and what it is clipped by. */
import * as op from '../../ops/gradNorm';
import type { KernelCase } from '../kernelCase';
import { normals } from '../numbers';
import * as twin from '../reference/gradNorm';
import { tolerance } from '../tolerance';

const [count, labels, maxNorm] = [4_099, 5, 0.5];
const totals = [3, 2, 1, labels];
const gradients = () => normals(1, count, 0.37);

export const cases: readonly KernelCase[] = [
  {
    ...{ op: 'gradNorm', entry: 'forward', shape: `${count}`, tolerance: tolerance.kernel },
    compute: async (b) => {
      const state = b.f32('state', [4]);
      const input = { gradients: b.f32('gradients', [count], gradients()), totals: b.f32('totals', [4], totals) };
      const partials = b.f32('partials', [op.partialFloats(count)]);
      op.forward(b.rec, { ...input, count, labels, maxNorm }, partials, state);
      return named(await b.read(state));
    },
    expected: () => named(twin.forward(gradients(), totals, labels, maxNorm)),
  },
];

/** Each of its own: a large norm would hide a wrong factor. */
function named(state: ArrayLike<number>) {
  const [norm, clip, broken, refused] = Array.from(state, (value) => [value]);
  return { norm: norm!, clip: clip!, broken: broken!, refused: refused! };
}
