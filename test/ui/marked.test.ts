/** Where two answers part, as characters; and a report in words. */
import { describe, expect, it } from 'vitest';
import { markedAnswers } from '../../src/ui/takeHome/check/marked';
import { gap } from '../../src/ui/takeHome/check/words';
import { vouchRowOf } from '../support/vouching';

/** Tokens of two answers of which the first `index` are the same. */
function parted(ours: readonly string[], second: readonly string[], end = '<|end|>') {
  const index = ours.findIndex((token, i) => token !== second[i]);
  const at = index < 0 ? ours.length : index;
  const token = (tokens: readonly string[]) => ({ id: 1, text: tokens[at] ?? end });
  const difference = { index: at, ours: token(ours), second: token(second), margin: 1, behind: 1, tie: false };
  const said = (tokens: readonly string[]) => ({ text: tokens.join(''), correct: true });
  return { ...vouchRowOf(1), ours: said(ours), second: said(second), difference };
}

const shown = (row: Parameters<typeof markedAnswers>[0]) =>
  markedAnswers(row)?.map(({ before, token, after }) => `${before}[${token}]${after}`);

describe('the first token that differs', () => {
  it('stands between what is before and after it in both', () => {
    expect(shown(parted(['21', '64', ' + ', '467'], ['21', '65', ' + ', '466']))).toEqual([
      '21[64] + 467',
      '21[65] + 466',
    ]);
  });

  it('is whole where both begin alike', () => {
    expect(shown(parted(['a', 'bcd'], ['a', 'bce']))).toEqual(['a[bcd]', 'a[bce]']);
    expect(shown(parted(['a', 'b', 'c'], ['a', 'bc', 'd']))).toEqual(['a[b]c', 'a[bc]d']);
  });

  it('is the end where one has ended', () => {
    expect(shown(parted(['a', 'b'], ['a', 'b', 'c']))).toEqual(['ab[<|end|>]', 'ab[c]']);
    expect(shown(parted([], ['c']))).toEqual(['[<|end|>]', '[c]']);
  });

  it('that is part of a character marks the whole one', () => {
    const row = parted(['a', '好'], ['a', '奴']);
    const difference = { ...row.difference, ours: { id: 1, text: '\\xe5' }, second: { id: 2, text: '\\xe4' } };
    expect(shown({ ...row, difference })).toEqual(['a[好]', 'a[奴]']);
  });

  it('is nowhere in answers that are the same', () => {
    expect(markedAnswers(vouchRowOf(1))).toBeUndefined();
  });
});

it('differences of logits have two figures, however small, and infinity its sign', () => {
  expect([0, 1.34e-5, 0.0312, 0.4061, 26.31, Number.POSITIVE_INFINITY].map(gap)).toEqual([
    ...['0', '1.3e-5', '0.031', '0.41', '26', '∞'],
  ]);
});
