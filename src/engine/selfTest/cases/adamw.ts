/** AdamW: three steps with a clipped gradient. */
import * as op from '../../ops/adamw';
import type { KernelCase } from '../kernelCase';
import { normals } from '../numbers';
import * as twin from '../reference/adamw';
import { tolerance } from '../tolerance';

const count = 1423;
const clip = 0.25;
const settings = { learningRate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };
const steps = [1, 2, 3];
const operands = () => ({ weights: normals(1, count), gradients: normals(2, count, 0.1) });

export const cases: readonly KernelCase[] = [
  {
    ...{ op: 'adamw', entry: 'step', shape: `${count}`, tolerance: tolerance.kernel },
    compute: async (b) => {
      const { weights, gradients } = operands();
      const tensors = {
        parameters: b.f32('parameters', [count], weights),
        gradients: b.f32('gradients', [count], gradients),
        first: b.f32('first', [count]),
        second: b.f32('second', [count]),
        count,
        state: b.f32('state', [4], [4, clip, 0, 0]),
      };
      for (const step of steps) op.step(b.rec, tensors, { ...settings, step });
      const [parameters, first] = [await b.read(tensors.parameters), await b.read(tensors.first)];
      return { parameters, first, second: await b.read(tensors.second) };
    },
    expected: () => {
      const { weights, gradients } = operands();
      const start: twin.Values = {
        parameters: weights,
        first: new Float64Array(count),
        second: new Float64Array(count),
      };
      const last = steps.reduce((values, step) => twin.step(values, gradients, clip, { ...settings, step }), start);
      return { ...last };
    },
  },
];
