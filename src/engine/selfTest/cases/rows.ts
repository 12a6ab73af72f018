/** Rows picked, put back and added back. */
import * as op from '../../ops/rows';
import type { KernelCase } from '../kernelCase';
import { normals } from '../numbers';
import * as twin from '../reference/rows';
import { tolerance } from '../tolerance';

const [all, width, rows] = [99, 37, 41];
const index = Array.from({ length: rows }, (_, i) => (i * 5 + 3) % all);
const operands = () => ({ matrix: normals(1, all * width), picked: normals(2, rows * width) });
const about = { op: 'rows', shape: `${rows} × ${width}` };

function into(entry: string, limit: number, put: typeof op.scatter, exact: typeof twin.scatter): KernelCase {
  return {
    ...{ ...about, entry, tolerance: limit },
    compute: async (b) => {
      const { matrix, picked } = operands();
      const [from, to] = [b.f32('from', [rows, width], picked), b.f32('to', [all, width], matrix)];
      put(b.rec, { from, index: b.u32('index', index), rows, width }, to);
      return { to: await b.read(to) };
    },
    expected: () => {
      const { matrix, picked } = operands();
      return { to: exact(picked, index, width, matrix) };
    },
  };
}

export const cases: readonly KernelCase[] = [
  {
    ...{ ...about, entry: 'gather', tolerance: tolerance.exact },
    compute: async (b) => {
      const [from, to] = [b.f32('from', [all, width], operands().matrix), b.f32('to', [rows, width])];
      op.gather(b.rec, { from, index: b.u32('index', index), rows, width }, to);
      return { to: await b.read(to) };
    },
    expected: () => ({ to: twin.gather(operands().matrix, index, width) }),
  },
  into('scatter', tolerance.exact, op.scatter, twin.scatter),
  into('scatterAdd', tolerance.kernel, op.scatterAdd, twin.scatterAdd),
];
