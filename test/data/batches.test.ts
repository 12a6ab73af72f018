import { describe, expect, it } from 'vitest';
import { epochOrder, microBatches, type PackedBatch, packBatch } from '../../src/engine/data/batches';
import { uniform } from '../support/random';

interface Row {
  prompt: Uint32Array<ArrayBuffer>;
  answer: Uint32Array<ArrayBuffer>;
}

const row = (prompt: number[], answer: number[]): Row => ({
  prompt: Uint32Array.from(prompt),
  answer: Uint32Array.from(answer),
});
/** What goes into the model: the last answer token is only ever predicted. */
const input = ({ prompt, answer }: Row) => [...prompt, ...answer.subarray(0, -1)];

/** Rows over a small alphabet, so that prefixes are shared in part, wholly, or not at all. */
function randomRows(seed: number): Row[] {
  const next = uniform(seed);
  const below = (n: number) => Math.floor(next() * n);
  const tokens = (count: number) => Array.from({ length: count }, () => below(3));
  const shared = tokens(below(6));
  return Array.from({ length: 1 + below(9) }, () => row([...shared, ...tokens(1 + below(5))], tokens(below(5))));
}

/** What token t may attend, from the two key ranges alone. */
function visible(batch: PackedBatch, t: number): number[] {
  const start = batch.keyStart[t]!;
  const keys = Array.from({ length: Math.min(batch.prefix, start) }, (_, j) => j);
  for (let j = start; j < batch.keyEnd[t]!; j++) keys.push(j);
  return keys;
}

/** Longest prefix that all prompts share without their last token, found in the plainest way. */
function longestPrefix(rows: readonly Row[]): number {
  const most = Math.min(...rows.map(({ prompt }) => prompt.length - 1));
  let length = 0;
  while (length < most && rows.every(({ prompt }) => prompt[length] === rows[0]!.prompt[length])) length++;
  return length;
}

const seeds = Array.from({ length: 300 }, (_, i) => i);

describe('packBatch, 300 random batches', () => {
  it('shares the longest prefix and counts tokens', () => {
    const prefixes = new Set<number>();
    for (const seed of seeds) {
      const rows = randomRows(seed);
      const batch = packBatch(rows);
      const held = rows.reduce((sum, r) => sum + input(r).length, 0);
      expect(batch.prefix).toBe(longestPrefix(rows));
      expect(batch.rowTokens).toBe(held);
      expect(batch.tokens).toBe(held - batch.prefix * (rows.length - 1));
      expect(batch.rows).toBe(rows.length);
      prefixes.add(batch.prefix);
    }
    // The generator must reach the interesting cases, or the loop above proves little.
    expect([...prefixes].sort()).toEqual(expect.arrayContaining([0, 1, 5]));
  });

  it('gives each row back from what its last token sees', () => {
    for (const seed of seeds) {
      const rows = randomRows(seed);
      const batch = packBatch(rows);
      let end = batch.prefix;
      for (const r of rows) {
        end += input(r).length - batch.prefix;
        const keys = visible(batch, end - 1);
        expect(keys.map((j) => batch.ids[j])).toEqual(input(r));
        expect(keys.map((j) => batch.positions[j])).toEqual(keys.map((_, i) => i));
      }
      expect(end).toBe(batch.tokens);
    }
  });

  it('is causal, and every token sees itself', () => {
    for (const seed of seeds) {
      const batch = packBatch(randomRows(seed));
      for (let t = 0; t < batch.tokens; t++) {
        expect(visible(batch, t)).toHaveLength(batch.positions[t]! + 1);
        expect(visible(batch, t).at(-1)).toBe(t);
      }
    }
  });

  it('queryEnd is the transpose of the key ranges', () => {
    for (const seed of seeds) {
      const batch = packBatch(randomRows(seed));
      const seen = Array.from({ length: batch.tokens }, () => new Set<number>());
      for (let t = 0; t < batch.tokens; t++) for (const j of visible(batch, t)) seen[j]!.add(t);
      for (let j = 0; j < batch.tokens; j++) {
        const queries = Array.from({ length: batch.queryEnd[j]! - j }, (_, i) => j + i);
        expect([...seen[j]!]).toEqual(queries);
      }
    }
  });

  it('scores every answer token once, from the token before it', () => {
    for (const seed of seeds) {
      const rows = randomRows(seed);
      const batch = packBatch(rows);
      expect([...batch.targets]).toEqual(rows.flatMap(({ answer }) => [...answer]));
      expect(new Set(batch.labelRows).size).toBe(batch.labels);
      const positions = rows.flatMap(({ prompt, answer }) => Array.from(answer, (_, i) => prompt.length - 1 + i));
      expect(Array.from(batch.labelRows, (t) => batch.positions[t])).toEqual(positions);
      for (const [l, t] of batch.labelRows.entries()) {
        expect(t).toBeGreaterThanOrEqual(batch.prefix);
        // The target is the next input of the row, or there is none: the answer's last token.
        if (t + 1 < batch.queryEnd[t]!) expect(batch.ids[t + 1]).toBe(batch.targets[l]);
      }
    }
  });
});

describe('packBatch, by hand', () => {
  it('two rows behind two shared tokens', () => {
    const two = [row([7, 8, 1], [4, 9]), row([7, 8, 2, 3], [5, 6, 9])] as const;
    expect(packBatch(two)).toEqual({
      sources: [
        { row: two[0], labels: 2 },
        { row: two[1], labels: 3 },
      ],
      ...{ tokens: 8, prefix: 2, rows: 2, labels: 5, scored: 5, rowTokens: 10, pairs: 28, labelPairs: 22 },
      ids: Uint32Array.of(7, 8, 1, 4, 2, 3, 5, 6),
      positions: Uint32Array.of(0, 1, 2, 3, 2, 3, 4, 5),
      keyStart: Uint32Array.of(0, 0, 2, 2, 4, 4, 4, 4),
      keyEnd: Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      queryEnd: Uint32Array.of(8, 8, 4, 4, 8, 8, 8, 8),
      labelRows: Uint32Array.of(2, 3, 5, 6, 7),
      targets: Uint32Array.of(4, 9, 5, 6, 9),
      compared: Uint32Array.of(1, 1, 1, 1, 1),
    });
  });

  it('one row: all but its last prompt token', () => {
    const batch = packBatch([row([1, 2, 3], [4])]);
    expect([batch.prefix, batch.tokens, ...batch.ids]).toEqual([2, 3, 1, 2, 3]);
  });

  it('identical prompts: the last prompt token stays with each row', () => {
    const batch = packBatch([row([1, 2, 3], [4]), row([1, 2, 3], [5])]);
    expect([batch.prefix, ...batch.ids]).toEqual([2, 1, 2, 3, 3]);
  });

  it('nothing in common, and a prompt of one token', () => {
    expect(packBatch([row([1, 2], [3]), row([2, 2], [3])]).prefix).toBe(0);
    expect(packBatch([row([1], [3]), row([1, 2], [3])]).prefix).toBe(0);
  });

  it('no rows, no tokens; no prompt, an error', () => {
    expect(packBatch([])).toMatchObject({ tokens: 0, prefix: 0, rows: 0, labels: 0, rowTokens: 0 });
    expect(() => packBatch([row([], [1])])).toThrowError(RangeError);
  });
});

describe('epochOrder', () => {
  it('is a permutation', () => {
    for (const count of [0, 1, 2, 37, 2700]) {
      expect([...epochOrder(count, 42, 0)].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    }
  });

  it('is the same for the same seed and epoch, and another otherwise', () => {
    const orders = [epochOrder(100, 42, 0), epochOrder(100, 43, 0), epochOrder(100, 42, 1), epochOrder(100, 43, 1)].map(
      String,
    );
    expect(String(epochOrder(100, 42, 0))).toBe(orders[0]);
    expect(new Set(orders).size).toBe(4);
    expect(new Set(Array.from({ length: 500 }, (_, seed) => epochOrder(20, seed, 0).join())).size).toBe(500);
  });

  it('puts each row first equally often', () => {
    const first = new Uint32Array(8);
    for (let seed = 0; seed < 8000; seed++) {
      const winner = epochOrder(8, seed, 0)[0]!;
      first[winner] = first[winner]! + 1;
    }
    // Binomial(8000, 1/8): mean 1000, standard deviation 30. Five deviations.
    for (const count of first) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('microBatches', () => {
  const shape = (rows: number, batchSize: number, accumulation: number) => {
    const items = Array.from({ length: rows }, (_, i) => i);
    return microBatches(items, items.toReversed(), batchSize, accumulation);
  };

  it('cuts steps into micro-batches and keeps the short last ones', () => {
    expect(shape(11, 2, 3)).toEqual([
      [
        [10, 9],
        [8, 7],
        [6, 5],
      ],
      [[4, 3], [2, 1], [0]],
    ]);
    expect(shape(7, 2, 3)).toEqual([
      [
        [6, 5],
        [4, 3],
        [2, 1],
      ],
      [[0]],
    ]);
    expect(shape(0, 2, 3)).toEqual([]);
  });

  it('gives the recipe’s 338 steps, the last of 4 rows', () => {
    const steps = shape(2700, 8, 1);
    expect([steps.length, steps.at(-1)?.length, steps.at(-1)?.[0]?.length]).toEqual([338, 1, 4]);
  });

  it('gives the same steps when micro-batches are smaller', () => {
    expect(shape(2700, 4, 2).map((step) => step.flat())).toEqual(shape(2700, 8, 1).map((step) => step.flat()));
  });
});
