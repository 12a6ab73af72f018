/** How far merging moved a matrix. */
import * as op from '../../ops/weightShift';
import type { KernelCase, Results } from '../kernelCase';
import { eighths } from '../numbers';
import { merge } from '../reference/lora';
import * as twin from '../reference/weightShift';
import { tolerance } from '../tolerance';

const [outputs, inputs, rank, scale] = [37, 99, 5, 2];

function operands() {
  const [a, b, weight] = [eighths(1, rank * inputs), eighths(2, outputs * rank), eighths(3, outputs * inputs)];
  return { a, b, weight, merged: merge(weight, a, b, scale, rank) };
}

export const cases: readonly KernelCase[] = [
  {
    ...{ op: 'weightShift', entry: 'measure', shape: `${outputs} × ${inputs}`, tolerance: tolerance.kernel },
    compute: async (bench) => {
      const { a, b, weight, merged } = operands();
      const adapter = { a: bench.f32('a', [rank, inputs], a), b: bench.f32('b', [outputs, rank], b), rank, scale };
      const size = [outputs, inputs];
      const pair = { weight: bench.bf16('weight', size, weight), merged: bench.bf16('merged', size, merged), index: 0 };
      const results = bench.f32('results', [op.SHIFT_FLOATS]);
      op.measure(bench.rec, adapter, pair, bench.f32('partials', [op.partialFloats]), results);
      return named(op.shiftAt(await bench.read(results), 0));
    },
    expected: () => {
      const { a, b, weight, merged } = operands();
      return named(twin.measure(weight, merged, { a, b, rank, scale }));
    },
  },
];

function named(shift: op.WeightShift): Results {
  return Object.fromEntries(Object.entries(shift).map(([name, value]) => [name, [value]]));
}
