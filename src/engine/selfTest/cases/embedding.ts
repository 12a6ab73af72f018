/** Rows of a table, moved and not changed. */
import * as op from '../../ops/embedding';
import { roundBf16 } from '../bf16';
import type { KernelCase } from '../kernelCase';
import { normals } from '../numbers';
import * as twin from '../reference/embedding';
import { tolerance } from '../tolerance';

const [rows, width, vocabulary] = [37, 99, 41];
const ids = Array.from({ length: rows }, (_, i) => (i * 17 + 40) % vocabulary);
const table = () => normals(1, vocabulary * width).map(roundBf16);

export const cases: readonly KernelCase[] = [
  {
    ...{ op: 'embedding', entry: 'forward', shape: `${rows} × ${width}`, tolerance: tolerance.exact },
    compute: async (b) => {
      const x = b.f32('x', [rows, width]);
      const whole = b.bf16('table', [vocabulary, width], table());
      op.forward(b.rec, { ids: b.u32('ids', ids), table: whole, first: 0, rows }, x);
      return { x: await b.read(x) };
    },
    expected: () => ({ x: twin.forward(ids, table(), width) }),
  },
];
