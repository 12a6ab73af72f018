import { describe, expect, it } from 'vitest';
import { worstOf } from '../../src/engine/train/evaluate';
import { batchesOf, measureLoss } from '../../src/engine/train/testLoss';
import { goldenRows } from '../model/goldens';
import { bench } from '../support/gpu';
import { tinyModel } from '../support/tinyModel';

const rows = goldenRows.map(({ prompt, answer }) => ({
  prompt: Uint32Array.from(prompt),
  answer: Uint32Array.from(answer),
}));
const watch = { boundary: async () => 'go' as const, progress: () => {} };

const ofLength = (length: number) => ({ prompt: new Uint32Array(length - 1), answer: new Uint32Array(2) });

describe('batches of test rows', () => {
  it('hold every row once, none above the budget but a row that is alone', () => {
    const all = [3, 50, 7, 7, 200, 9, 12, 31].map(ofLength);
    const batches = batchesOf(all, 64);
    expect(new Set(batches.flat())).toEqual(new Set(all));
    expect(batches.map((batch) => batch.map(({ prompt }) => prompt.length + 1))).toEqual([
      [3, 7, 7, 9, 12],
      [31],
      [50],
      [200],
    ]);
  });

  it('have at most 16 rows', () => {
    expect(
      batchesOf(
        new Array(40).fill(0).map(() => ofLength(2)),
        8192,
      ).map((batch) => batch.length),
    ).toEqual([16, 16, 8]);
  });
});

describe('the test loss', () => {
  it('is the mean over label tokens, however the rows are batched', async () => {
    const b = await bench();
    const model = await tinyModel(b.gpu, b.arena, 'student');
    const candidate = { model, adapter: undefined };
    const all = await measureLoss(b.gpu, candidate, rows, watch);
    let [sum, labels] = [0, 0];
    for (const row of rows) {
      const { mean, ofRow } = (await measureLoss(b.gpu, candidate, [row], watch))!;
      expect(ofRow.get(row)).toBe(mean);
      expect(all?.ofRow.get(row)).toBeCloseTo(mean, 4);
      sum += mean * row.answer.length;
      labels += row.answer.length;
    }
    expect(all?.mean).toBeCloseTo(sum / labels, 5);
    const reversed = await measureLoss(b.gpu, candidate, rows.toReversed(), watch);
    expect(reversed?.mean).toBeCloseTo(all!.mean, 5);
    // Negative control: other rows have another loss.
    const fewer = await measureLoss(b.gpu, candidate, rows.slice(0, 4), watch);
    expect(fewer?.mean).not.toBeCloseTo(all!.mean, 3);
  });

  it('ends without a number when stopped', async () => {
    const b = await bench();
    const model = await tinyModel(b.gpu, b.arena, 'student');
    const stop = { ...watch, boundary: async () => 'stop' as const };
    expect(await measureLoss(b.gpu, { model, adapter: undefined }, rows, stop)).toBeUndefined();
  });
});

it('the worst rows are those with the largest losses outside of the sample', () => {
  const losses = new Map([
    ['a', 3],
    ['b', 1],
    ['c', 4],
    ['d', 2],
  ]);
  expect(worstOf(losses, ['c'], 2)).toEqual(['a', 'd']);
  expect(worstOf(losses, [...losses.keys()])).toEqual([]);
});
