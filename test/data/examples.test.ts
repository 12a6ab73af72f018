import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  promptMessages,
  type TokenizedRows,
  type TokenizeOptions,
  tokenizeExamples,
} from '../../src/engine/data/examples';
import { type Example, parseJsonl } from '../../src/engine/data/jsonl';
import { type Lengths, packed } from '../../src/engine/data/layout';
import { TokenizedData } from '../../src/engine/data/tokenized';
import type { ChatTokenizer } from '../../src/engine/data/tokenizer';
import type { Watch } from '../../src/engine/watch';
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

const watch: Watch = { boundary: async () => 'go', progress: () => {} };

/** To the end, as when nobody stops it. */
async function tokenizeAll(
  tokenizer: ChatTokenizer,
  examples: readonly Example[],
  options: TokenizeOptions,
): Promise<TokenizedRows> {
  const made = await tokenizeExamples(tokenizer, examples, options, watch);
  if (!made) throw new Error('stopped');
  return made;
}

const options = { systemPrompt: seed.system, maxTokens: 32768, lengths: packed, asked: false };

describe('the recipe’s rows', async () => {
  const { rows, problems } = await tokenizeAll(
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

  it('fit at exactly the context', async () => {
    const { rows } = await tokenizeAll(qwenTokenizer(), [example!], { ...options, maxTokens: 49 });
    expect(rows).toHaveLength(1);
  });

  it('are reported with their line, and the others kept', async () => {
    const short = { ...example!, line: 7, answer: '1' };
    const { rows, problems } = await tokenizeAll(qwenTokenizer(), [example!, short], { ...options, maxTokens: 48 });
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

describe('rows that are cut to fixed lengths', () => {
  // 31 + 18 tokens.
  const [example] = examplesOf([{ instruction: '2631', output: '王大丫丫的回答是--->2164 + 467' }]);
  const kept = async (
    maxTokens: number,
    prompt: number,
    answer: number,
    more: Partial<TokenizeOptions & Lengths> = {},
  ) => {
    const lengths = { prompt, answer, labelPadding: more.labelPadding ?? false };
    const { rows, problems } = await tokenizeAll(qwenTokenizer(), [example!], {
      ...options,
      ...more,
      maxTokens,
      lengths,
    });
    expect(rows.length + problems.length).toBe(1);
    return rows[0] ? [rows[0].prompt.length, rows[0].answer.length] : problems[0]!.detail.tokens;
  };

  it('fit when what is left fits, and are cut by the layout, not here', async () => {
    expect(await kept(40, 30, 10)).toEqual([31, 18]);
    expect(await kept(39, 30, 10)).toBe(40);
    expect(await kept(48, 30, 0)).toEqual([31, 18]);
    expect(await kept(47, 30, 0)).toBe(48);
    expect(await kept(41, 0, 10)).toEqual([31, 18]);
  });

  it('do not fit when what they are filled up to does not', async () => {
    expect(await kept(49, 40, 20)).toBe(58);
    expect(await kept(58, 40, 20)).toEqual([31, 18]);
    expect(await kept(58, 40, 20, { labelPadding: true })).toBe(60);
  });

  it('need room for the whole question where it is asked', async () => {
    expect(await kept(31, 10, 10, { asked: true })).toBe(41);
    expect(await kept(32, 10, 10, { asked: true })).toEqual([31, 18]);
  });

  it('are tokenised again for other lengths, and only then', async () => {
    const data = new TokenizedData();
    const rowsFor = async (prompt: number) =>
      (await data.rows(
        qwenTokenizer(),
        examples,
        { ...options, maxTokens: 40, lengths: { ...packed, prompt } },
        watch,
      ))!.rows;
    const examples = [example!];
    const whole = await rowsFor(0);
    expect(whole).toHaveLength(0);
    expect(await rowsFor(0)).toBe(whole);
    expect(await rowsFor(20)).toHaveLength(1);
  });
});

describe('rows that are far too long', () => {
  const long = (text: string) => examplesOf([{ instruction: text, output: '1' }]);
  const tokenizer = qwenTokenizer();

  it('are recognised by their beginning alone', async () => {
    const lengths: number[] = [];
    const encode = (text: string) => {
      lengths.push(text.length);
      return tokenizer.encode(text);
    };
    const counting = { ...tokenizer, encode };
    const { rows, problems } = await tokenizeAll(counting, long('好'.repeat(900_000)), { ...options, maxTokens: 100 });
    expect(rows).toEqual([]);
    expect(lengths).toEqual([800]);
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      [
        'row-far-too-long',
        'Line 1 has a text of 900000 characters, far more than the context of 100 tokens. It was left out.',
      ],
    ]);
  });

  it('but many characters in few tokens fit', async () => {
    const { rows } = await tokenizeAll(tokenizer, long(`1${' '.repeat(2000)}1`), { ...options, maxTokens: 100 });
    expect(rows).toHaveLength(1);
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

describe('2,700 rows', () => {
  const examples = examplesOf(Array.from({ length: 2700 }, (_, i) => ({ instruction: String(i + 10), output: '1' })));

  it('have the lengths that the recipe reports', async () => {
    const counts = new Map<number, number>();
    for (const { prompt } of (await tokenizeAll(qwenTokenizer(), examples, options)).rows)
      counts.set(prompt.length, (counts.get(prompt.length) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({ 29: 90, 30: 900, 31: 1710 });
  });

  it('can be stopped on the way', async () => {
    const seen: number[] = [];
    const stopSoon: Watch = {
      boundary: async () => (seen.length > 2 ? 'stop' : 'go'),
      progress: (done) => seen.push(done),
    };
    expect(await tokenizeExamples(qwenTokenizer(), examples, options, stopSoon)).toBeUndefined();
    expect(seen).toHaveLength(3);
  });
});

describe('what was tokenised', () => {
  const examples = examplesOf([{ instruction: '12', output: '5 + 7' }]);

  it('is kept while rows, tokenizer, system prompt and context stay', async () => {
    const tokenizer = qwenTokenizer();
    const data = new TokenizedData();
    const first = await data.rows(tokenizer, examples, options, watch);
    expect(await data.rows(tokenizer, examples, { ...options }, watch)).toBe(first);
    const changes = [
      data.rows(tokenizer, [...examples], options, watch),
      data.rows({ ...tokenizer }, examples, options, watch),
      data.rows(tokenizer, examples, { ...options, systemPrompt: 'be kind' }, watch),
      data.rows(tokenizer, examples, { ...options, maxTokens: 99 }, watch),
    ];
    for (const other of await Promise.all(changes)) expect(other).not.toBe(first);
  });

  it('is not kept when it was stopped', async () => {
    const data = new TokenizedData();
    const stop: Watch = { ...watch, boundary: async () => 'stop' };
    expect(await data.rows(qwenTokenizer(), examples, options, stop)).toBeUndefined();
    expect((await data.rows(qwenTokenizer(), examples, options, watch))?.rows).toHaveLength(1);
  });
});
