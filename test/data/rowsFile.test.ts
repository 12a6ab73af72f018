// Files of rows in every form: names of columns, tables, conversations, several files as one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mapping } from '../../src/engine/data/columns';
import { readCsv } from '../../src/engine/data/csv';
import { parseFile, parseFiles } from '../../src/engine/data/rowsFile';
import { drawn } from '../support/fuzz';

const bytes = (text: string) => new TextEncoder().encode(text);
const file = (name: string, text: string) => ({ name, bytes: bytes(text) });
const read = (name: string, text: string, mapping?: Mapping) => parseFile(file(name, text), mapping);
const json = (...rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n');
const pairs = (result: ReturnType<typeof read>) => result.examples.map(({ question, answer }) => [question, answer]);
const problems = (result: Pick<ReturnType<typeof read>, 'problems'>) =>
  result.problems.map(({ line, code }) => [line, code]);

describe('names of columns', () => {
  it.each([
    [{ instruction: 'q', output: 'a' }],
    [{ prompt: 'q', completion: 'a' }],
    [{ prompt: 'q', response: 'a' }],
    [{ question: 'q', answer: 'a', id: 7 }],
    [{ query: 'q', response: 'a' }],
    [{ input: 'q', output: 'a' }],
    [{ 问题: 'q', 答案: 'a' }],
    [{ 指令: 'q', 输出: 'a' }],
    [{ ' Question ': 'q', ANSWER: 'a' }],
    // Where a file has several, the first that we know of in our order.
    [{ answer: 'no', output: 'a', query: 'no', instruction: 'q' }],
  ])('%j is known', (row) => {
    expect(pairs(read('x.jsonl', json(row)))).toEqual([['q', 'a']]);
  });

  it('puts input behind the question, system first and history between', () => {
    const row = { system: 's', history: [['q1', 'a1']], 指令: 'q', 输入: 'i', 输出: 'a' };
    expect(read('x.jsonl', json(row)).examples[0]?.messages).toEqual([
      { role: 'system', content: 's' },
      { role: 'user', content: 'q1' },
      { role: 'assistant', content: 'a1' },
      { role: 'user', content: 'qi' },
      { role: 'assistant', content: 'a' },
    ]);
    expect(problems(read('x.jsonl', json({ ...row, history: [['q1']] })))).toEqual([[1, 'field-type']]);
  });

  it('reads conversations as ShareGPT has them', () => {
    const conversations = [
      { from: 'human', value: 'q' },
      { from: 'gpt', value: 'a' },
    ];
    const { examples } = read('x.json', JSON.stringify([{ id: '1', system: 's', conversations }], null, 1));
    expect(examples[0]?.messages.map(({ role, content }) => role + content)).toEqual([
      'systems',
      'userq',
      'assistanta',
    ]);
    const tool = read('x.jsonl', json({ conversations: [{ from: 'function_call', value: 'x' }] }));
    expect(tool.problems[0]?.message).toContain('"conversations[0].from" must be system, user or assistant');
  });

  it('that are unknown leave nothing to train on, and show what there is to choose from', () => {
    const text = json({ frage: '1', antwort: { a: 1 } }, { frage: '2', antwort: '4' });
    const { examples, columns } = read('x.jsonl', text);
    expect(examples).toEqual([]);
    expect(columns).toEqual({
      names: ['frage', 'antwort'],
      samples: [
        { frage: '1', antwort: '{"a":1}' },
        { frage: '2', antwort: '4' },
      ],
      mapping: undefined,
      conversations: false,
      table: false,
    });
    const mapped = read('x.jsonl', text, { question: 'frage', answer: 'antwort' });
    expect(pairs(mapped)).toEqual([['2', '4']]);
    expect(problems(mapped)).toEqual([[1, 'field-type']]);
    expect(mapped.columns?.mapping).toEqual({ question: 'frage', answer: 'antwort' });
  });

  it('are chosen before they are known', () => {
    const text = json({ question: 'q', answer: 'a', gold: 'g' });
    expect(pairs(read('x.jsonl', text, { question: 'question', answer: 'gold' }))).toEqual([['q', 'g']]);
    // A row without those columns is read by its own names.
    expect(pairs(read('x.jsonl', text, { question: 'frage', answer: 'gold' }))).toEqual([['q', 'a']]);
  });

  it('of one object alone are not asked for: it is more often a file of another kind', () => {
    expect(read('x.json', JSON.stringify({ teacher: 'a', student: 'b' }, null, 2)).columns).toBeUndefined();
  });
});

describe('tables', () => {
  it('count the lines of the file: quoted line breaks, blank lines, CRLF and a byte order mark', () => {
    const result = read('x.csv', '\ufeffquestion,answer\r\n"two\r\nlines, ""quoted""",a\r\n\r\nq2,\r\nq3,a3\r\n');
    expect(result.examples.map(({ line, question }) => [line, question])).toEqual([
      [2, 'two\nlines, "quoted"'],
      [6, 'q3'],
    ]);
    expect(problems(result)).toEqual([[5, 'empty-answer']]);
    expect(result.columns).toMatchObject({ table: true, mapping: { question: 'question', answer: 'answer' } });
  });

  it('may have tabs or semicolons', () => {
    expect(pairs(read('x.tsv', 'prompt\tresponse\n1, 2\t3'))).toEqual([['1, 2', '3']]);
    expect(pairs(read('x.csv', '问题;答案\n一;二\n三;四'))).toEqual([
      ['一', '二'],
      ['三', '四'],
    ]);
  });

  it('without names of columns are rows from the first line on', () => {
    const text = '1,one\n2,two';
    expect(read('x.csv', text).examples).toEqual([]);
    expect(pairs(read('x.csv', text, { question: '1', answer: '2', header: false }))).toEqual([
      ['1', 'one'],
      ['2', 'two'],
    ]);
  });

  it('say what is wrong with a row, and keep the others', () => {
    const result = read('x.csv', 'question,answer\nq1,a1\nq2,a2,more\nq3,a3\n"q4,a4\n');
    expect(pairs(result)).toEqual([
      ['q1', 'a1'],
      ['q3', 'a3'],
    ]);
    expect(problems(result)).toEqual([
      [3, 'csv-fields'],
      [5, 'csv-quotes'],
    ]);
  });

  it('are refused whole when they are no UTF-8 text', () => {
    const gbk = parseFile({ name: 'x.csv', bytes: Uint8Array.from([0xc4, 0xe3, 0x2c, 0xba, 0xc3, 0x0a]) });
    expect(problems(gbk)).toEqual([[0, 'file-not-utf8']]);
    expect(problems(parseFile({ name: 'x.csv', bytes: Uint8Array.from([0x50, 0x4b, 3, 4]) }))).toEqual([
      [0, 'file-binary'],
    ]);
    expect(problems(read('x.csv', ''))).toEqual([[0, 'file-empty']]);
  });

  it('give every field back as it was written, on the line it was written on', () => {
    const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;
    const field = fc.string({ unit: fc.constantFrom('a', '1', ',', '"', '\n', ' ', '；', '\t', '好'), minLength: 1 });
    const table = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 8 });
    const check = (rows: [string, string][]): void => {
      const text = ['question,answer', ...rows.map((row) => row.map(quoted).join(','))].join('\n');
      const written: [number, string, string][] = [];
      let line = 2;
      for (const [question, answer] of rows) {
        if ((question + answer).trim() !== '') written.push([line, question, answer]);
        line += 1 + (question + answer).split('\n').length - 1;
      }
      const found = readCsv(text, '').rows.map(({ line: at, value }) => [at, value.question, value.answer]);
      expect(found).toEqual(written);
    };
    fc.assert(fc.property(table, check), drawn(300));
  });
});

describe('several files', () => {
  it('are one, and every row and problem names its file and its line there', () => {
    const result = parseFiles([
      file('a.jsonl', `${json({ question: 'q1', answer: 'a1' })}\nwords`),
      file('b.csv', 'question,answer\nq2,a2\nq3,'),
      file('a.jsonl', json({ question: 'q4', answer: 'a4' })),
    ]);
    expect(result.files).toEqual(['a.jsonl', 'b.csv', 'a.jsonl (2)']);
    expect(result.examples.map(({ file: name, line }) => [name, line])).toEqual([
      ['a.jsonl', 1],
      ['b.csv', 2],
      ['a.jsonl (2)', 1],
    ]);
    expect(result.problems.map(({ file: name, line, code }) => [name, line, code])).toEqual([
      ['a.jsonl', 2, 'line-not-json'],
      ['b.csv', 3, 'empty-answer'],
    ]);
    expect(result.problems[1]?.message).toMatch(/^b\.csv: Line 3 /);
  });

  it('a single one is named nowhere', () => {
    const result = parseFiles([file('a.jsonl', json({ question: 'q', answer: 'a' }))]);
    expect(result.examples[0]).not.toHaveProperty('file');
  });
});

describe('whatever the bytes', () => {
  it.each(['x.jsonl', 'x.csv', 'x.tsv'])('%s is read without an exception', (name) => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(...'{}[]",:\n\r\t;qa1'), maxLength: 60 }).map(bytes),
      fc.json({ noUnicodeString: false }).map(bytes),
    );
    const check = (content: Uint8Array): void => {
      const { examples, problems: found } = parseFile({ name, bytes: content });
      expect(examples.length + found.length).toBeGreaterThanOrEqual(0);
      // Nothing is silently nothing: a file without rows has a reason.
      if (name === 'x.jsonl' && examples.length === 0) expect(found.length).toBeGreaterThan(0);
      for (const { line, question, answer } of examples) {
        expect(line).toBeGreaterThan(0);
        expect(question.trim() === '' || answer.trim() === '').toBe(false);
      }
    };
    fc.assert(fc.property(anything, check), drawn(500));
  });
});
