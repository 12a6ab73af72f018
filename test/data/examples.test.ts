import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { promptMessages, tokenizeExamples } from '../../src/engine/data/examples';
import { type Example, parseJsonl } from '../../src/engine/data/jsonl';
import { qwenJson, qwenTokenizer } from '../support/qwen';

const ids = v.array(v.number());
const seed = v.parse(
  v.object({
    system: v.string(),
    examples: v.array(
      v.object({
        row: v.object({ instruction: v.string(), input: v.string(), output: v.string() }),
        untruncated: v.object({ prompt_ids: ids, answer_ids: ids }),
      }),
    ),
  }),
  qwenJson('seed-tokenisation.json'),
);

function examplesOf(rows: readonly unknown[]): readonly Example[] {
  return parseJsonl(new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n'))).examples;
}

const options = { systemPrompt: seed.system, maxTokens: 32768 };

describe('the recipe’s rows', () => {
  const { rows, problems } = tokenizeExamples(
    qwenTokenizer(),
    examplesOf(seed.examples.map(({ row }) => row)),
    options,
  );

  it.each(seed.examples.map((expected, i) => ({ i, expected })))('$expected.row.instruction', ({ i, expected }) => {
    expect(Array.from(rows[i]!.prompt)).toEqual(expected.untruncated.prompt_ids);
    expect(Array.from(rows[i]!.answer)).toEqual(expected.untruncated.answer_ids);
  });

  it('has no problems, and row 2631 is 31 + 18 tokens', () => {
    expect(problems).toEqual([]);
    expect(rows.map(({ prompt, answer }) => [prompt.length, answer.length])).toEqual([
      [29, 13],
      [30, 15],
      [31, 18],
    ]);
  });
});

describe('rows that are too long', () => {
  const [example] = examplesOf([{ instruction: '2631', output: '王大丫丫的回答是--->2164 + 467' }]);

  it('fit at exactly the context', () => {
    expect(tokenizeExamples(qwenTokenizer(), [example!], { ...options, maxTokens: 49 }).rows).toHaveLength(1);
  });

  it('are reported with their line, and the others kept', () => {
    const short = { ...example!, line: 7, answer: '1' };
    const { rows, problems } = tokenizeExamples(qwenTokenizer(), [example!, short], { ...options, maxTokens: 48 });
    expect(rows.map((row) => row.example.line)).toEqual([7]);
    expect(problems).toEqual([
      {
        line: 1,
        code: 'row-too-long',
        message:
          'Line 1 has 49 tokens (31 in the question, 18 in the answer), more than the context of 48. It was left out.',
        detail: { line: 1, tokens: 49, maxTokens: 48 },
      },
    ]);
  });
});

describe('rows that are far too long', () => {
  const long = (text: string) => examplesOf([{ instruction: text, output: '1' }]);
  const tokenizer = qwenTokenizer();

  it('are recognised by their beginning alone', () => {
    const lengths: number[] = [];
    const encode = (text: string) => {
      lengths.push(text.length);
      return tokenizer.encode(text);
    };
    const counting = { ...tokenizer, encode };
    const { rows, problems } = tokenizeExamples(counting, long('好'.repeat(900_000)), { ...options, maxTokens: 100 });
    expect(rows).toEqual([]);
    expect(lengths).toEqual([800]);
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      [
        'row-far-too-long',
        'Line 1 has a text of 900000 characters, far more than the context of 100 tokens. It was left out.',
      ],
    ]);
  });

  it('but many characters in few tokens fit', () => {
    expect(
      tokenizeExamples(tokenizer, long(`1${' '.repeat(2000)}1`), { ...options, maxTokens: 100 }).rows,
    ).toHaveLength(1);
  });
});

describe('system prompt', () => {
  const chat = (...roles: string[]) => examplesOf([{ messages: roles.map((role) => ({ role, content: role })) }])[0]!;

  it('is put before a row without one', () => {
    expect(promptMessages(chat('user', 'assistant'), 'be kind').map((m) => m.content)).toEqual(['be kind', 'user']);
  });

  it('gives way to the row’s own', () => {
    expect(promptMessages(chat('system', 'user', 'assistant'), 'be kind').map((m) => m.content)).toEqual([
      'system',
      'user',
    ]);
  });

  it('is left out when empty', () => {
    expect(promptMessages(chat('user', 'assistant', 'user', 'assistant'), '').map((m) => m.content)).toEqual([
      'user',
      'assistant',
      'user',
    ]);
  });
});

it('tokenises 2,700 rows to the lengths that the recipe reports', () => {
  const rows = Array.from({ length: 2700 }, (_, i) => ({ instruction: String(i + 10), output: '1' }));
  const tokens = tokenizeExamples(qwenTokenizer(), examplesOf(rows), options).rows;
  const counts = new Map<number, number>();
  for (const { prompt } of tokens) counts.set(prompt.length, (counts.get(prompt.length) ?? 0) + 1);
  expect(Object.fromEntries(counts)).toEqual({ 29: 90, 30: 900, 31: 1710 });
});
