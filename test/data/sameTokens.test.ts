// Two tokenizers are the same when every token is, whatever the widths of the embeddings.
import { describe, expect, it } from 'vitest';
import { firstDifference, needSameTokens } from '../../src/engine/data/sameTokens';
import { qwenTokenizer } from '../support/qwen';

const vocabulary = (...tokens: readonly (string | undefined)[]) => ({
  token: (id: number) => tokens[id],
  vocabularySize: tokens.length,
});

describe('two tokenizers', () => {
  it('of one family do not differ', () => {
    expect(firstDifference(vocabulary('a', 'b'), vocabulary('a', 'b'))).toBeUndefined();
    expect(firstDifference(qwenTokenizer(), qwenTokenizer())).toBeUndefined();
    expect(() => needSameTokens(qwenTokenizer(), qwenTokenizer())).not.toThrow();
  });

  it('differ first at the lowest token that is not the same', () => {
    expect(firstDifference(vocabulary('a', 'b', 'c'), vocabulary('a', 'x', 'y'))).toEqual({
      ...{ id: 1, teacher: 'b', student: 'x' },
    });
  });

  it('differ when one has a token more, and a number without a token is no token', () => {
    expect(firstDifference(vocabulary('a'), vocabulary('a', 'b'))).toEqual({
      ...{ id: 1, teacher: undefined, student: 'b' },
    });
    expect(firstDifference(vocabulary('a', undefined, 'c'), vocabulary('a', undefined, 'c'))).toBeUndefined();
  });

  it('differ in the last of 151,665 tokens, and the sentence says which', () => {
    const real = qwenTokenizer();
    const last = real.vocabularySize - 1;
    const other = { ...real, token: (id: number) => (id === last ? '<|else|>' : real.token(id)) };
    expect(real.token(last)).toBe('<|file_sep|>');
    expect(() => needSameTokens(real, other)).toThrow(
      `token ${last} is "<|file_sep|>" for the teacher and "<|else|>" for the student`,
    );
  });
});
