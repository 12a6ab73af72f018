// What is known about rows once they are open: places, changes, twins, the seeded division.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawTestRows } from '../../src/engine/data/divide';
import { changed, changedParts, joined, parted, placeKey } from '../../src/engine/data/place';
import type { Example } from '../../src/engine/data/row';
import { findTwins } from '../../src/engine/data/twins';
import { drawn } from '../support/fuzz';

function row(line: number, question: string, answer = 'a', file?: string): Example {
  const messages = [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ] as const;
  return { ...(file !== undefined && { file }), line, messages, question, answer };
}

const lines = (rows: readonly Example[]) => rows.map(placeKey);

describe('changes', () => {
  const rows = [row(1, 'x'), row(3, 'y'), row(4, 'z')];

  it('replace, take out, and put back where a row belongs', () => {
    const edited = row(3, 'new');
    const after = changed(
      rows,
      [
        { place: { line: 3 }, row: edited },
        { place: { line: 1 }, row: undefined },
      ],
      [],
    );
    expect(after).toEqual([edited, rows[2]]);
    expect(
      changed(
        after,
        [
          { place: { line: 1 }, row: rows[0] },
          { place: { line: 3 }, row: rows[1] },
        ],
        [],
      ),
    ).toEqual(rows);
  });

  it('keep the order of several files', () => {
    const several = [row(1, 'x', 'a', 'b.csv'), row(1, 'y', 'a', 'a.csv'), row(2, 'z', 'a', 'a.csv')];
    const without = changed(several, [{ place: several[1]!, row: undefined }], ['b.csv', 'a.csv']);
    expect(lines(without)).toEqual(['b.csv:1', 'a.csv:2']);
    expect(changed(without, [{ place: several[1]!, row: several[1] }], ['b.csv', 'a.csv'])).toEqual(several);
  });

  it('find a row in the part that a later division has put it in', () => {
    const parts = parted(rows, [1]);
    expect([lines(parts.train), lines(parts.test)]).toEqual([[1, 4], [3]]);
    const edited = row(3, 'new');
    const change = [{ place: { line: 3 }, row: edited }];
    expect(changedParts(parts, 'train', change, [], true)).toEqual({ train: parts.train, test: [edited] });
    // Without a division line 3 of the test rows is another file's.
    expect(lines(changedParts(parts, 'train', change, [], false).train)).toEqual([1, 3, 4]);
  });
});

describe('twins', () => {
  it('repeat a row, or contradict it; spaces make no difference, the system prompt does', () => {
    const rows = [row(1, 'one two'), row(2, ' one  two'), row(3, 'one two', 'b'), row(4, 'other')];
    const system = { ...row(5, 'one two', 'c') };
    const messages = [{ role: 'system', content: 's' } as const, ...system.messages];
    const { repeats, contradicts, leaks } = findTwins([...rows, { ...system, messages }]);
    expect([...repeats]).toEqual([-1, 0, -1, -1, -1]);
    expect([...contradicts]).toEqual([2, 2, 0, -1, -1]);
    expect([...leaks]).toEqual([-1, -1, -1, -1, -1]);
  });

  it('of test and training rows are leaks, whatever the answer', () => {
    const { leaks } = findTwins([row(1, 'new'), row(2, 'seen', 'b')], [row(1, 'x'), row(2, 'seen')]);
    expect([...leaks]).toEqual([-1, 1]);
  });
});

describe('the division', () => {
  const rows = Array.from({ length: 200 }, (_, i) => row(i + 1, `q${i}`));

  it('is the same for the same seed, and another for another', () => {
    const [one, again, other] = [42, 42, 43].map((seed) => drawTestRows(rows, 0.1, seed));
    expect(one).toHaveLength(20);
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
    // Written down, so that a change of the draw is noticed.
    expect([...one!].slice(0, 5)).toEqual([4, 13, 14, 35, 37]);
  });

  it('leaves no question on both sides, no row out, and neither side empty', () => {
    const questions = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 2, maxLength: 60 });
    const check = (asked: number[], share: number, seed: number): void => {
      const whole = asked.map((question, i) => row(i + 1, `q${question}`));
      const { train, test } = parted(whole, drawTestRows(whole, share, seed));
      expect(joined(train, test, [])).toEqual(whole);
      if (new Set(asked).size < 2) expect(test).toEqual([]);
      else expect(Math.min(train.length, test.length)).toBeGreaterThan(0);
      expect([...findTwins(test, train).leaks].every((leak) => leak < 0)).toBe(true);
    };
    const share = fc.double({ min: 0.01, max: 0.9, noNaN: true });
    fc.assert(fc.property(questions, share, fc.nat(), check), drawn(200));
  });
});
