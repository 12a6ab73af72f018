/** SwiGLU. */
import * as op from '../../ops/swiglu';
import type { Bench } from '../bench';
import type { KernelCase } from '../kernelCase';
import { normals } from '../numbers';
import * as twin from '../reference/swiglu';
import { tolerance } from '../tolerance';

const count = 37 * 99;
const about = { op: 'swiglu', shape: `${count}`, tolerance: tolerance.kernel };
const operands = () => ({ gate: normals(1, count, 4), up: normals(2, count), dh: normals(3, count) });

function onGpu(b: Bench) {
  const { gate, up, dh } = operands();
  const input = { gate: b.f32('gate', [count], gate), up: b.f32('up', [count], up), count };
  return { input, dh: b.f32('dh', [count], dh), dGate: b.f32('dGate', [count]), dUp: b.f32('dUp', [count]) };
}

function exact() {
  const { gate, up, dh } = operands();
  const { dgate, dup } = twin.backward(gate, up, dh);
  return { h: twin.forward(gate, up), dGate: dgate, dUp: dup };
}

export const cases: readonly KernelCase[] = [
  {
    ...{ ...about, entry: 'forward' },
    compute: async (b) => {
      const h = b.f32('h', [count]);
      op.forward(b.rec, onGpu(b).input, h);
      return { h: await b.read(h) };
    },
    expected: () => ({ h: exact().h }),
  },
  {
    ...{ ...about, entry: 'backward' },
    compute: async (b) => {
      const { input, dh, ...grads } = onGpu(b);
      op.backward(b.rec, input, dh, grads);
      return { dGate: await b.read(grads.dGate), dUp: await b.read(grads.dUp) };
    },
    expected: () => ({ dGate: exact().dGate, dUp: exact().dUp }),
  },
  {
    ...{ ...about, entry: 'backwardAgain' },
    compute: async (b) => {
      const { input, dh, ...grads } = onGpu(b);
      const again = b.f32('again', [count]);
      op.backward(b.rec, input, dh, { ...grads, again });
      return { dGate: await b.read(grads.dGate), dUp: await b.read(grads.dUp), h: await b.read(again) };
    },
    expected: exact,
  },
];
