// What the data panel computes of rows: flags, searches, bins of lengths, text that can be seen.
import { describe, expect, it } from 'vitest';
import { summarise } from '../../src/ui/data/lengthBins';
import { flagged, matchesFlags, type RowFilter } from '../../src/ui/data/rowFlags';
import { findRows } from '../../src/ui/data/rowSearch';
import { visible } from '../../src/ui/shared/visible';
import { example } from '../support/fakeEngine';

const examples = [1, 2, 3, 4].map(example);
const twins = {
  repeats: Int32Array.of(-1, 0, -1, -1),
  contradicts: Int32Array.of(2, -1, 0, -1),
  leaks: Int32Array.of(-1, -1, -1, -1),
};
const lengths = { tokens: Uint32Array.of(5, 5, 9, 0), fates: Uint8Array.of(0, 0, 1, 2), most: 8 };
const facts = flagged({ twins: { examples, found: twins }, lengths: { examples, found: lengths } });
const go = () => false;

describe('flags', () => {
  it('are counted, and each shows its rows', () => {
    expect(facts.counts).toEqual({ repeats: 1, contradicts: 2, leaks: 0, cut: 1, dropped: 1 });
    const lines = (filter: RowFilter) =>
      examples.filter((row) => matchesFlags(facts, filter, row)).map((row) => row.line);
    expect([lines('all'), lines('problems'), lines('contradicts'), lines('leaks')]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, 3],
      [],
    ]);
  });

  it('belong to the row that was looked at, not to one that was put in its place', () => {
    expect(matchesFlags(facts, 'problems', { ...examples[0]! })).toBe(false);
  });
});

describe('a search', () => {
  it('takes letters of either case, nothing as a pattern, and every message of a row', async () => {
    const rows = [
      { ...example(1), messages: [{ role: 'user', content: 'What is (A+B)?' } as const] },
      { ...example(2), messages: [{ role: 'system', content: '你好，世界' } as const] },
    ];
    const found = async (text: string) => [...(await findRows(rows, { text, filter: 'all' }, facts, go))!];
    expect(await found(' (a+b) ')).toEqual([0]);
    expect(await found('世界')).toEqual([1]);
    expect(await found('.')).toEqual([]);
  });

  it('goes together with a flag', async () => {
    expect(await findRows(examples, { text: 'q', filter: 'cut' }, facts, go)).toEqual(Uint32Array.of(2));
  });

  it('lets the page breathe, and stops when another one is asked for', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => example(i + 1));
    let clock = 0;
    const slow = () => (clock += 5);
    let asked = 0;
    expect(await findRows(many, { text: 'q', filter: 'all' }, facts, () => ++asked > 2, slow)).toBeUndefined();
    expect(asked).toBe(3);
    expect(await findRows(many, { text: 'q', filter: 'all' }, facts, go, slow)).toHaveLength(1000);
  });
});

describe('lengths', () => {
  it('are binned without a gap, and every counted row is in one bin', () => {
    const tokens = Uint32Array.from({ length: 1000 }, (_, i) => 10 + (i % 137));
    const { bins, p50, p95, max, rows } = summarise(tokens)!;
    expect([p50, p95, max, rows]).toEqual([75, 139, 146, 1000]);
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
    for (const [i, bin] of bins.entries()) if (i > 0) expect(bin.from).toBe(bins[i - 1]!.to + 1);
  });

  it('of rows that nobody counted are left out; of rows of one length there is one bin', () => {
    expect(summarise(Uint32Array.of(0, 7, 7))).toMatchObject({ bins: [{ from: 7, to: 7, count: 2 }], rows: 2, p50: 7 });
    expect(summarise(Uint32Array.of(0))).toBeUndefined();
  });
});

it('spaces, tabs and line breaks can be seen', () => {
  expect(visible(' a\tb\r\n', { breaks: true })).toBe('·a→\tb␍↵\n');
});
