// What two models expect at one position, against the float64 twin of the loss.
import { expect, it } from 'vitest';
import { divergence, logSoftmax } from '../../src/engine/selfTest/reference/loss';
import { compareLogits } from '../../src/engine/train/expectations';
import { normals } from '../support/random';

const forward = { kind: 'forward-kl', jsdBeta: 0.5 } as const;

it.each([7, 167, 5003, 151_936])('%i columns are compared as the twin says', (columns) => {
  const [first, second] = [1, 2].map((seed) => Float32Array.from(normals(seed, columns, 3))) as [
    Float32Array,
    Float32Array,
  ];
  const [logP, logQ] = [logSoftmax(Float64Array.from(first), 1), logSoftmax(Float64Array.from(second), 1)];
  const wanted = columns - 2;
  const compared = compareLogits(first, second, wanted);
  expect(compared.divergence / divergence(forward, logP, logQ).value).toBeCloseTo(1, 10);
  expect(compared.divergence).not.toBeCloseTo(divergence(forward, logQ, logP).value, 3);
  for (const [which, logs] of [logP, logQ].entries()) {
    const sorted = [...logs.keys()].sort((a, b) => logs[b]! - logs[a]! || a - b).slice(0, 5);
    expect(compared.top[which]!.map(({ id }) => id)).toEqual(sorted);
    for (const { id, probability } of compared.top[which]!) expect(probability).toBeCloseTo(Math.exp(logs[id]!), 10);
    expect(compared.wanted[which]).toBeCloseTo(Math.exp(logs[wanted]!), 10);
  }
});

it('equals come in the order of their ids, and a model does not part from itself', () => {
  const logits = Float32Array.from([1, 5, 0, 5, 5, 1, 1, 4]);
  const { top, divergence: own } = compareLogits(logits, logits, 0);
  expect(top[0].map(({ id }) => id)).toEqual([1, 3, 4, 7, 0]);
  expect(own).toBe(0);
});

it('extreme logits stay finite, and what is not finite is refused', () => {
  const spike = (at: number) => Float32Array.from({ length: 9 }, (_, i) => (i === at ? 1e4 : -1e4));
  expect(compareLogits(spike(2), spike(5), 2)).toMatchObject({ divergence: 2e4, wanted: [1, 0] });
  const broken = spike(2);
  broken[4] = Number.NaN;
  expect(() => compareLogits(broken, spike(2), 2)).toThrow('not finite');
});
