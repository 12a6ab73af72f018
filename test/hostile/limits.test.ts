// What is made to take all memory or all time without being long: every limit is reached, and said.
import { describe, expect, it } from 'vitest';
import { bodyWithin, linesOf, parseJson, textWithin, within } from '../../src/engine/bounded';
import { readCsv } from '../../src/engine/data/csv';
import { parseJsonl } from '../../src/engine/data/jsonl';
import { judge } from '../../src/engine/data/judge';
import { parseFile } from '../../src/engine/data/rowsFile';
import { MOST_ROWS } from '../../src/engine/data/text';
import { createTokenizer } from '../../src/engine/data/tokenizer';
import { frontLines, frontMatter } from '../../src/engine/formats/licence';
import { parsePeftConfig } from '../../src/engine/formats/peftConfig';
import { harmless } from '../../src/engine/hub/push/refusals';
import { importRecipe } from '../../src/engine/train/document';
import { effortOf, HANG } from '../support/effort';
import { tinyTokenizer, tinyTokenizerConfig } from '../support/tinyTokenizer';

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('JSON', () => {
  it('has at most 128 levels', () => {
    expect(parseJson(deep(128))).toEqual(JSON.parse(deep(128)));
    for (const levels of [129, 1_000_000]) expect(() => parseJson(deep(levels))).toThrow(/more than 128 levels/);
    expect(parseJson(`"${'['.repeat(500)}\\"["`)).toBe(`${'['.repeat(500)}"[`);
  });

  it('has at most twenty million values', () => {
    expect(() => parseJson(`[${'1,'.repeat(20_000_001)}1]`)).toThrow(/more than 20000000 values/);
    expect(parseJson('"a,b"')).toBe('a,b');
    // Few commas, but many values all the same.
    const lists = `[${Array(200_000).fill(deep(101)).join()}]`;
    expect(() => parseJson(lists)).toThrow(/more than 20000000 lists and objects/);
  });
});

describe('files', () => {
  it('are not read when they are too large for what they are', async () => {
    const file = { size: 2e9, text: () => Promise.reject(new Error('it was read')) } as unknown as Blob;
    await expect(textWithin(file, 'config.json', 16e6)).rejects.toMatchObject({
      code: 'file-too-large',
      message: 'config.json has 2000 MB, and such a file may have 16 MB at most.',
      detail: { file: 'config.json', megabytes: '2000', most: '16' },
    });
    expect(await textWithin(new Blob(['ok']), 'config.json', 2)).toBe('ok');
    expect(() => within({ size: 3 }, 'a', 2)).toThrow();
  });

  it('from a server stop coming when they are too long', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (line) => {
        sent += 1000;
        line.enqueue(new Uint8Array(1000));
      },
    });
    expect(await bodyWithin(new Response(endless), 10_000)).toBeUndefined();
    expect(sent).toBeLessThan(20_000);
    expect(await bodyWithin(new Response('ä'.repeat(5000)), 10_000)).toBe('ä'.repeat(5000));
    expect(await bodyWithin(new Response(null), 1)).toBe('');
  });
});

describe('rows', () => {
  it('may be nothing but line breaks', () => {
    expect(parseJsonl(bytesOf('\n'.repeat(5e6))).problems.map(({ code }) => code)).toEqual(['file-empty']);
    expect([...linesOf('a\r\n\r\rb\n\n')]).toEqual([
      [1, 'a'],
      [4, 'b'],
    ]);
  });

  it('are as many as a tab can hold, and the rest is said', () => {
    const { examples, problems } = parseJsonl(bytesOf('{"q":"1","a":"2"}\n'.repeat(MOST_ROWS + 1)));
    expect([examples.length, problems.map(({ code }) => code)]).toEqual([MOST_ROWS, ['rows-too-many']]);
  });

  it('that cannot be used are named up to ten thousand, and counted', () => {
    const { problems } = parseJsonl(bytesOf('x\n'.repeat(10_007)));
    expect(problems).toHaveLength(10_001);
    expect(problems[0]).toMatchObject({ code: 'problems-more', detail: { count: 7, named: 10_000 } });
  });

  it('of a table, and lines in another encoding, are named up to ten thousand as well', () => {
    const { rows, problems } = readCsv(`a\n${'1,2\n'.repeat(10_007)}3`, '');
    expect(rows).toMatchObject([{ line: 10_009, value: { a: '3' } }]);
    expect(problems).toHaveLength(10_001);
    expect(problems.at(-1)).toMatchObject({ code: 'problems-more', detail: { count: 7, named: 10_000 } });
    const mixed = bytesOf('{"q":"1","a":"2"}\nx\n'.repeat(10_007)).map((byte) => (byte === 0x78 ? 0xff : byte));
    const read = parseJsonl(mixed);
    expect([read.examples.length, read.problems.length]).toEqual([10_007, 10_001]);
  });

  it('of a table of quotation marks before white space are not looked for', () => {
    const tangled = (marks: number) => readCsv(`a,b\n"${'x"'.repeat(marks)}${' '.repeat(marks)}\n1,2`, '');
    const effort = effortOf(() =>
      expect(tangled(1e6)).toMatchObject({ rows: [], problems: [{ line: 2, code: 'csv-quotes' }] }),
    );
    expect(effort).toBeLessThan(HANG);
    expect(tangled(1000)).toMatchObject({ rows: [{ line: 3 }], problems: [{ line: 2, code: 'csv-quotes' }] });
  });

  it('nested without end are lines that are not JSON', () => {
    const codesOf = (text: string) => parseJsonl(bytesOf(text)).problems.map(({ code }) => code);
    expect(codesOf(deep(20_000))).toEqual(['array-broken']);
    expect(codesOf(`{"messages":[{"role":${deep(20_000)},"content":"a"}]}`)).toEqual(['line-not-json']);
    // Deep, but not too deep: what is said of it does not walk it again.
    expect(codesOf(`{"messages":[{"role":${deep(100)},"content":"a"}]}`)).toEqual(['unknown-role']);
    const long = `{"${'k'.repeat(50_000)}":1}`;
    expect(parseJsonl(bytesOf(long)).problems[0]!.message.length).toBeLessThan(500);
  });

  it('are as long as a line may be, in whatever form', () => {
    const text = 'a'.repeat(600_000);
    const { examples, problems } = parseJsonl(
      bytesOf(
        JSON.stringify([
          { q: text, a: 'b' },
          { q: text, a: text },
        ]),
      ),
    );
    expect(examples.map(({ line }) => line)).toEqual([1]);
    expect(problems).toMatchObject([
      { code: 'file-is-array' },
      { line: 2, code: 'line-too-long', detail: { characters: 1_200_000 } },
    ]);
    const table = parseFile({ name: 'a.csv', bytes: bytesOf(`q,a\n${text},${text}`) });
    expect(table).toMatchObject({ examples: [], problems: [{ line: 2, code: 'line-too-long' }] });
  });

  it('of fifty thousand columns are read, and a thousand are offered', () => {
    const row = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, 1]));
    const { examples, columns } = parseJsonl(bytesOf(JSON.stringify({ ...row, q: '1', a: '2' })));
    expect(examples).toHaveLength(1);
    expect([columns?.names.length, Object.keys(columns?.samples[0] ?? {}).length]).toEqual([1000, 1000]);
    expect(columns?.mapping).toMatchObject({ question: 'q', answer: 'a' });
  });

  it('of a table with a long first line are not made of it', () => {
    const wide = `${'a,'.repeat(500_000)}a\n${'x\n'.repeat(50_000)}`;
    const effort = effortOf(() => expect(readCsv(wide, '').problems).toMatchObject([{ code: 'csv-columns' }]));
    expect(effort).toBeLessThan(3 * HANG);
    expect(readCsv(`${'a,'.repeat(999)}a\nx`, '').rows).toHaveLength(1);
  });

  it('with numbers of a million digits are wrong, and soon', () => {
    const output = `--->${'9'.repeat(3e6)} + 1`;
    expect(effortOf(() => expect(judge('sum', { question: '10', expected: '', output })).toBe(false))).toBeLessThan(
      HANG,
    );
  });
});

describe('texts', () => {
  it('cards of white space take the time of their length', () => {
    for (const card of [`---${'\n'.repeat(200_000)}`, `---\na:${' '.repeat(200_000)}x\n---`, '---\n'.repeat(1e5)])
      expect(effortOf(() => frontMatter(card))).toBeLessThan(HANG);
    expect(frontLines('---\r\na: 1\r\nb: 2\r\n---\r\nc: 3')).toEqual(['a: 1', 'b: 2']);
    expect([frontLines('# Title'), frontLines('---\na: 1'), frontLines('')]).toEqual([[], [], []]);
    expect(frontMatter('---\nlicense: "mit"  \n---')).toEqual({ license: 'mit' });
  });

  it('what a server says with a million dots is short', () => {
    const target = { token: 'hf_secret' } as Parameters<typeof harmless>[1];
    const effort = effortOf(() => expect(harmless(`${'.'.repeat(1e6)}x`, target).length).toBeLessThan(300));
    expect(effort).toBeLessThan(HANG);
    expect(harmless('no hf_secret.', target)).toBe('no …');
  });

  it('a recipe of a version nested without end is refused in words', () => {
    const refused = expect.objectContaining({ code: 'import-invalid' });
    expect(() => importRecipe('r.json', `{"version":${deep(20_000)}}`)).toThrow(refused);
    expect(() => importRecipe('r.json', `{"version":${deep(100)}}`)).toThrow(refused);
  });
});

describe('models', () => {
  const tiny = tinyTokenizer('qwen2');
  const numbered = (id: unknown) => ({ ...tiny, model: { ...tiny.model, vocab: { ...tiny.model.vocab, s: id } } });

  it.each([2 ** 31, -1, 1.5, 'x', null, [1], 1e300])(
    'a token of the number %j is refused, and nothing is made for it',
    (id) => {
      const effort = effortOf(() =>
        expect(() => createTokenizer(numbered(id), tinyTokenizerConfig)).toThrow(/its token "s" has the number/),
      );
      expect(effort).toBeLessThan(HANG);
      const added = [...tiny.added_tokens, { ...tiny.added_tokens[0], id, content: 'new' }];
      expect(() => createTokenizer({ ...tiny, added_tokens: added }, tinyTokenizerConfig)).toThrow(
        /"new" has the number/,
      );
    },
  );

  it('an adapter’s patterns are few enough for every module', () => {
    const config = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj'] };
    const patterns = (count: number, name: (i: number) => string) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [name(i), 1]));
    const wild = patterns(51, (i) => `(a+)+${i}`);
    expect(() => parsePeftConfig({ ...config, rank_pattern: wild })).toThrow(/more than any adapter/);
    const names = parsePeftConfig({ ...config, rank_pattern: patterns(600, (i) => `model.layers.${i}.q_proj`) });
    expect(names.rank('model.layers.599.q_proj')).toBe(1);
    expect(names.rank('model.layers.700.q_proj')).toBe(2);
    // Few and each of a length that is allowed, but every module is compared with all of them.
    const long = patterns(40, (i) => `${'.?'.repeat(100)}${i}`);
    expect(() => parsePeftConfig({ ...config, alpha_pattern: long })).toThrow(/longer than 4000 characters together/);
    const repeated = { '(?:.?){30}x': 1 };
    expect(() => parsePeftConfig({ ...config, rank_pattern: repeated })).toThrow(/more than 20 parts/);
    const listed = Array.from({ length: 5001 }, (_, i) => `a${i}`);
    expect(() => parsePeftConfig({ ...config, target_modules: listed })).toThrow(/5001 names, more than any adapter/);
    expect(parsePeftConfig({ ...config, target_modules: listed.slice(1) }).targets('b.a7')).toBe(true);
    const evil = parsePeftConfig({ ...config, target_modules: '(.+)+\\.(a|a)*x' });
    expect(effortOf(() => expect(evil.targets(`model.layers.0.${'a'.repeat(100)}`)).toBe(false))).toBeLessThan(HANG);
  });
});
