/** Rotary positions of queries and keys, each by its own, and back. */
import * as op from '../../ops/rope';
import { rotaryTable } from '../../rotary';
import type { KernelCase } from '../kernelCase';
import { normals } from '../numbers';
import * as twin from '../reference/rope';
import { tolerance } from '../tolerance';

const [queries, keys, heads, kvHeads, headDim, theta] = [37, 41, 6, 2, 20, 1e6];
const queryPositions = Array.from({ length: queries }, (_, i) => (i * 11) % 40);
const keyPositions = Array.from({ length: keys }, (_, i) => (i * 7) % 40);
const operands = () => ({ q: normals(1, queries * heads * headDim), k: normals(2, keys * kvHeads * headDim) });

function caseOf(entry: string, rotate: typeof op.forward, exact: typeof twin.forward): KernelCase {
  return {
    ...{ op: 'rope', entry, shape: `${queries}, ${keys} × ${headDim}`, tolerance: tolerance.kernel },
    compute: async (b) => {
      const { q, k } = operands();
      const rope = {
        q: b.f32('q', [queries, heads, headDim], q),
        k: b.f32('k', [keys, kvHeads, headDim], k),
        table: b.f32('table', [40, headDim], rotaryTable(40, headDim, { theta })),
        ...{ queryPositions: b.u32('qp', queryPositions), keyPositions: b.u32('kp', keyPositions) },
        ...{ queries, keys, heads, kvHeads, headDim },
      };
      rotate(b.rec, rope);
      return { q: await b.read(rope.q), k: await b.read(rope.k) };
    },
    expected: () => {
      const { q, k } = operands();
      return {
        q: exact(q, queryPositions, { heads, headDim, theta }),
        k: exact(k, keyPositions, { heads: kvHeads, headDim, theta }),
      };
    },
  };
}

export const cases: readonly KernelCase[] = [
  caseOf('forward', op.forward, twin.forward),
  caseOf('backward', op.backward, twin.backward),
];
