/** The checksum of a buffer. */
import * as op from '../../ops/checksum';
import type { KernelCase } from '../kernelCase';
import { uniform } from '../numbers';
import * as twin from '../reference/checksum';
import { tolerance } from '../tolerance';

const [count, first] = [4_099, 7];

function operand(): Uint32Array {
  const next = uniform(1);
  return Uint32Array.from({ length: count }, () => Math.floor(next() * 2 ** 32));
}

export const cases: readonly KernelCase[] = [
  {
    ...{ op: 'checksum', entry: 'add', shape: `${count}`, tolerance: tolerance.exact },
    compute: async (b) => {
      const sums = b.u32('sums', [0, 0, 0, 0]);
      op.add(b.rec, { tensor: b.u32('words', operand()), index: 1, first }, sums);
      return { sums: await b.words(sums) };
    },
    expected: () => ({ sums: [0, 0, ...twin.add(operand(), first)] }),
  },
];
