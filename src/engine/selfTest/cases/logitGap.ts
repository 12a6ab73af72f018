/** Two models' logits beside each other. */
import * as op from '../../ops/logitGap';
import type { KernelCase } from '../kernelCase';
import { normals } from '../numbers';
import * as twin from '../reference/logitGap';
import { tolerance } from '../tolerance';

const [rows, columns] = [37, 99];

function operands() {
  const x = normals(1, rows * columns);
  return { x, y: x.map((value, i) => Math.fround(value + (i % 7 === 0 ? 1.5 : 1e-3))) };
}

export const cases: readonly KernelCase[] = [
  {
    ...{ op: 'logitGap', entry: 'measure', shape: `${rows} × ${columns}`, tolerance: tolerance.kernel },
    compute: async (b) => {
      const { x, y } = operands();
      const gaps = b.f32('gaps', [rows, 4]);
      op.measure(b.rec, { x: b.f32('x', [rows, columns], x), y: b.f32('y', [rows, columns], y), rows, columns }, gaps);
      return byColumn(await b.read(gaps));
    },
    expected: () => {
      const { x, y } = operands();
      return byColumn(twin.measure(x, y, columns));
    },
  },
];

function byColumn(gaps: ArrayLike<number>) {
  const column = (which: number) => Array.from(gaps).filter((_, i) => i % 4 === which);
  return { gap: column(0), logit: column(1), same: column(2), broken: column(3) };
}
