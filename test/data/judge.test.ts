import { describe, expect, it } from 'vitest';
import { type JudgeKind, judge, judgeProblem } from '../../src/engine/data/judge';
import { StudioError } from '../../src/engine/studioError';

const head = '王大丫丫的回答是';
const ask = (kind: JudgeKind, output: string, question = '2710') =>
  judge(kind, { question, expected: `${head}--->694 + 2016`, output });

/** output, right by the strict rule, right by the lenient rule */
const sums: [string, boolean, boolean][] = [
  [`${head}--->694 + 2016`, true, true],
  ['--->694+2016', true, true],
  [`${head}--->2016 + 694\n`, true, true],
  [`${head}--->0 + 2710`, true, true],
  [`${head}--->694 + 2017`, false, false],
  [`${head}--->2710`, false, true],
  [`${head}--->700 + 2000 + 10`, false, true],
  [`${head}--->-10 + 2720`, false, true],
  [`${head}--->694 + 2016。`, false, false],
  [`${head}--->694 + `, false, false],
  [`${head}--->694 + 2016--->`, false, false],
  [`${head}--->1 + 1--->694 + 2016`, false, false],
  [`${head}->694 + 2016`, false, false],
  [`${head}--->694.0 + 2016`, false, false],
  [`${head}--->0x2b6 + 2016`, false, false],
  [`${head}--->1e3 + 1710`, false, false],
  ['您提供的数字2710似乎是一串数字', false, false],
  ['', false, false],
];

describe('sums', () => {
  it.each(sums)('%s', (output, strict, lenient) => {
    expect(ask('sum', output)).toBe(strict);
    expect(ask('sum-lenient', output)).toBe(lenient);
  });

  it('is exact beyond the precision of numbers', () => {
    expect(ask('sum', '--->9007199254740992 + 1', '9007199254740993')).toBe(true);
    expect(ask('sum', '--->9007199254740992 + 1', '9007199254740992')).toBe(false);
  });

  it('is wrong for a question that is no number', () => {
    expect(ask('sum', '--->1 + 1', 'two')).toBe(false);
    expect(ask('sum-lenient', '--->', '')).toBe(false);
  });
});

describe('texts', () => {
  const texts = (kind: JudgeKind, output: string, expected = 'yes') => judge(kind, { question: 'q', expected, output });

  it('exact allows only spaces around', () => {
    expect(texts('exact', ' yes\n')).toBe(true);
    expect(texts('exact', 'yes.')).toBe(false);
    expect(texts('exact', 'Yes')).toBe(false);
  });

  it('contains looks for the answer, and never for nothing', () => {
    expect(texts('contains', 'oh yes!')).toBe(true);
    expect(texts('contains', 'oh no!')).toBe(false);
    expect(texts('contains', 'anything', ' ')).toBe(false);
  });
});

describe('regex', () => {
  const match = (pattern: string, output: string, expected = 'a+b', question = '1') =>
    judge('regex', { question, expected, output, pattern });

  it('is searched in the output', () => {
    expect(match('^\\d+ \\+ \\d+$', '12 + 3')).toBe(true);
    expect(match('^\\d+ \\+ \\d+$', '12 + x')).toBe(false);
  });

  it('takes the row’s texts literally', () => {
    expect(match('^{expected}$', 'a+b')).toBe(true);
    expect(match('^{expected}$', 'aab')).toBe(false);
    expect(match('{question}-{expected}', '[1]-(x|y)/$', '(x|y)/$', '[1]')).toBe(true);
  });

  it('refuses patterns that cannot be used', () => {
    for (const pattern of ['', '(', 'x'.repeat(501)]) {
      expect(() => match(pattern, 'x')).toThrowError(StudioError);
    }
  });

  it('refuses the row’s texts over and over: each may be as long as a pattern may be long', () => {
    expect(match('{expected}'.repeat(4), 'x'.repeat(4), 'x')).toBe(true);
    expect(() => match('{expected}'.repeat(5), 'x'.repeat(5), 'x')).toThrow(/more than 4 times/);
  });

  it('looks at the first 4,000 characters', () => {
    expect(match('end$', `${' '.repeat(3997)}end`)).toBe(true);
    expect(match('end', `${' '.repeat(4000)}end`)).toBe(false);
  });
});

describe('a judge and the rows it is asked to judge', () => {
  const rows = [
    { question: '30', answer: '王大丫丫的回答是--->10 + 20' },
    { question: 'How many?', answer: 'Seven.' },
  ];

  const go = async () => 'go' as const;

  it('fit when it accepts every expected answer', async () => {
    expect(await judgeProblem('sum', '', rows.slice(0, 1), go)).toBeUndefined();
    expect(await judgeProblem('exact', '', rows, go)).toBeUndefined();
  });

  it('are given up between two rows that a pattern takes long for', async () => {
    const long = Array.from({ length: 1000 }, () => ({ question: 'q', answer: 'a'.repeat(4000) }));
    let asked = 0;
    const stop = async () => {
      asked++;
      return 'stop' as const;
    };
    expect(await judgeProblem('regex', '(?:.?){950}x', long, stop)).toBeUndefined();
    expect(asked).toBe(1);
  });

  it('do not fit when it refuses one', async () => {
    expect(await judgeProblem('sum', '', rows, go)).toMatchObject({
      line: 0,
      code: 'judge-refuses',
      message: expect.stringContaining('1 of the 2 expected answers'),
      detail: { judge: 'sum', refused: 1, rows: 2 },
    });
  });
});
