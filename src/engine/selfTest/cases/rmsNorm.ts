/** RMSNorm, with the residual's gradient added. */
import * as op from '../../ops/rmsNorm';
import type { Bench } from '../bench';
import { roundBf16 } from '../bf16';
import type { KernelCase } from '../kernelCase';
import { normals } from '../numbers';
import * as twin from '../reference/rmsNorm';
import { tolerance } from '../tolerance';

const [rows, width, eps] = [37, 99, 1e-6];
const size = [rows, width];
const about = { op: 'rmsNorm', shape: `${rows} × ${width}`, tolerance: tolerance.kernel };

function operands() {
  const weight = normals(2, width).map(roundBf16);
  return { x: normals(1, rows * width), weight, dy: normals(3, rows * width), add: normals(4, rows * width) };
}

function onGpu(b: Bench) {
  const { x, weight, dy, add } = operands();
  const input = { x: b.f32('x', size, x), weight: b.bf16('weight', [width], weight), rows, eps };
  return { input, dy: b.f32('dy', size, dy), add: b.f32('add', size, add) };
}

function exact() {
  const { x, weight, dy, add } = operands();
  return { y: twin.forward(x, weight, rows, eps), dx: twin.backward(x, weight, dy, add, rows, eps) };
}

export const cases: readonly KernelCase[] = [
  {
    ...{ ...about, entry: 'forward' },
    compute: async (b) => {
      const y = b.f32('y', size);
      op.forward(b.rec, onGpu(b).input, y);
      return { y: await b.read(y) };
    },
    expected: () => ({ y: exact().y }),
  },
  {
    ...{ ...about, entry: 'backward' },
    compute: async (b) => {
      const { input, dy, add } = onGpu(b);
      const dx = b.f32('dx', size);
      op.backward(b.rec, input, dy, { add, dx });
      return { dx: await b.read(dx) };
    },
    expected: () => ({ dx: exact().dx }),
  },
  {
    ...{ ...about, entry: 'backwardAgain' },
    compute: async (b) => {
      const { input, dy, add } = onGpu(b);
      const [dx, again] = [b.f32('dx', size), b.f32('again', size)];
      op.backward(b.rec, input, dy, { add, dx, again });
      return { dx: await b.read(dx), again: await b.read(again) };
    },
    expected: () => ({ dx: exact().dx, again: exact().y }),
  },
];
