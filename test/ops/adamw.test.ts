import { describe, expect, it } from 'vitest';
import * as op from '../../src/engine/ops/adamw';
import * as twin from '../../src/engine/selfTest/reference/adamw';
import { expectClose, relativeError } from '../support/compare';
import { type Bench, bench } from '../support/gpu';
import { normals } from '../support/random';

const settings = { learningRate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };

function initial(count: number): twin.Values {
  return { parameters: normals(1, count), first: new Float64Array(count), second: new Float64Array(count) };
}

function onGpu(b: Bench, values: twin.Values, gradients: Float64Array, state: readonly number[]): op.AdamW {
  const count = gradients.length;
  return {
    parameters: b.f32('parameters', [count], values.parameters),
    gradients: b.f32('gradients', [count], gradients),
    first: b.f32('first', [count], values.first),
    second: b.f32('second', [count], values.second),
    count,
    state: b.f32('state', [4], state),
  };
}

describe.each([1, 1024, 1423, 100_003])('adamw over %i values', (count) => {
  it('five steps with clipping equal the twin', async () => {
    const b = await bench();
    const gradients = normals(2, count, 0.1);
    const clip = 0.25;
    const input = onGpu(b, initial(count), gradients, [4, clip, 0, 0]);
    let expected = initial(count);
    for (let step = 1; step <= 5; step++) {
      op.step(b.rec, input, { ...settings, step });
      expected = twin.step(expected, gradients, clip, { ...settings, step });
    }
    const actual = await b.read(input.parameters);
    expectClose(actual, expected.parameters);
    expectClose(await b.read(input.first), expected.first);
    expectClose(await b.read(input.second), expected.second);
    // Negative control: without bias correction (a late step number) the parameters part.
    const uncorrected = twin.step(initial(count), gradients, clip, { ...settings, step: 100_000 });
    expect(relativeError(actual, uncorrected.parameters)).toBeGreaterThan(1e-4);
  });
});

it('decay is decoupled: without a gradient the weights shrink by rate · decay', async () => {
  const b = await bench();
  const input = onGpu(b, initial(99), new Float64Array(99), [0, 1, 0, 0]);
  op.step(b.rec, input, { ...settings, step: 1 });
  const shrunk = initial(99).parameters.map((value) => value * (1 - 1e-2 * 0.1));
  expectClose(await b.read(input.parameters), shrunk, 1e-6);
  // Negative control: they did shrink.
  expect(relativeError(initial(99).parameters, shrunk)).toBeGreaterThan(1e-4);
});

it('rate 0 moves the moments only, and zeros stay zero', async () => {
  const b = await bench();
  const gradients = normals(3, 64);
  gradients[5] = 0;
  const values = initial(64);
  const input = onGpu(b, values, gradients, [1, 1, 0, 0]);
  op.step(b.rec, input, { ...settings, learningRate: 0, step: 1 });
  expect(Array.from(await b.read(input.parameters))).toEqual(Array.from(values.parameters));
  const first = await b.read(input.first);
  expectClose(
    first,
    gradients.map((value) => 0.1 * value),
  );
  expect(first[5]).toBe(0);
});

it.each([
  ['in this step', [1, 1, 1, 1]],
  ['in a step before, or not computed in this one', [1, 1, 0, 1]],
])('nothing is changed when something was not finite %s', async (_when, state) => {
  const b = await bench();
  const gradients = normals(4, 1423);
  gradients[7] = Number.NaN;
  const values = initial(1423);
  const input = onGpu(b, values, gradients, state);
  op.step(b.rec, input, { ...settings, step: 1 });
  expect(Array.from(await b.read(input.parameters))).toEqual(Array.from(values.parameters));
  expect(Math.max(...(await b.read(input.first)).map(Math.abs))).toBe(0);
  expect(Math.max(...(await b.read(input.second)))).toBe(0);
});

it('refuses a step below 1', async () => {
  const b = await bench();
  const input = onGpu(b, initial(1), new Float64Array(1), [0, 1, 0, 0]);
  expect(() => op.step(b.rec, input, { ...settings, step: 0 })).toThrow('from 1');
});
