import { describe, expect, it } from 'vitest';
import { type ParsedRows, parseJsonl } from '../../src/engine/data/jsonl';

const row = (instruction: string, output = 'yes') => JSON.stringify({ instruction, input: '', output });
const parse = (text: string): ParsedRows => parseJsonl(new TextEncoder().encode(text));
const bytes = (...parts: (string | number[])[]) =>
  parseJsonl(
    Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part))),
  );
const lines = ({ examples }: ParsedRows) => examples.map(({ line }) => line);
const problems = (result: ParsedRows) => result.problems.map(({ line, code }) => [line, code]);

describe('rows', () => {
  it('joins instruction and input without anything between', () => {
    const { examples } = parse('{"instruction":"26","input":"31","output":"王大丫丫的回答是--->2164 + 467"}');
    expect(examples).toEqual([
      {
        line: 1,
        messages: [
          { role: 'user', content: '2631' },
          { role: 'assistant', content: '王大丫丫的回答是--->2164 + 467' },
        ],
        question: '2631',
        answer: '王大丫丫的回答是--->2164 + 467',
      },
    ]);
  });

  it('does not need an input, and takes a system prompt of the row', () => {
    const { examples } = parse(
      '{"instruction":"1","output":"2"}\n{"instruction":"1","input":null,"system":"be kind","output":"2"}',
    );
    expect(examples.map(({ messages }) => messages.map(({ role }) => role))).toEqual([
      ['user', 'assistant'],
      ['system', 'user', 'assistant'],
    ]);
  });

  it('reads conversations and answers the last question', () => {
    const messages = [
      { role: 'system', content: 's' },
      { role: 'user', content: 'q1' },
      { role: 'assistant', content: 'a1' },
      { role: 'user', content: 'q2' },
      { role: 'assistant', content: 'a2' },
    ];
    const { examples } = parse(JSON.stringify({ messages }));
    expect(examples).toEqual([{ line: 1, messages, question: 'q2', answer: 'a2' }]);
  });
});

describe('lines', () => {
  it('counts blank lines without complaint', () => {
    const result = parse(`${row('1')}\n\n   \n${row('2')}\n\n`);
    expect(lines(result)).toEqual([1, 4]);
    expect(result.problems).toEqual([]);
  });

  it('takes CRLF and a byte order mark', () => {
    const result = bytes([0xef, 0xbb, 0xbf], `${row('1')}\r\n${row('2')}\r\n`);
    expect(lines(result)).toEqual([1, 2]);
    expect(result.examples[1]?.answer).toBe('yes');
    expect(result.problems).toEqual([]);
  });

  it('takes a byte order mark in a file with a bad byte too', () => {
    const result = bytes([0xef, 0xbb, 0xbf], `${row('1')}\r\n`, [0xff], `\r\n${row('3')}\r\n${row('4')}`);
    expect(lines(result)).toEqual([1, 3, 4]);
    expect(problems(result)).toEqual([[2, 'line-not-utf8']]);
  });

  it('takes UTF-16 with its mark', () => {
    const text = `${row('１')}\r\n${row('2')}`;
    const units = [...text].flatMap((c) => [c.charCodeAt(0) & 0xff, c.charCodeAt(0) >> 8]);
    expect(bytes([0xff, 0xfe], units).examples[0]?.question).toBe('１');
  });

  it('does not break a row at a Unicode line separator', () => {
    expect(parse(row('a\u2028b')).examples[0]?.question).toBe('a\u2028b');
  });
});

describe('bad rows, with the good ones kept', () => {
  const cases: [string, string, string | RegExp][] = [
    ['{"instruction":"1",', 'line-not-json', /^Line 2 is not JSON: .+\.$/],
    ['just words', 'line-not-json', /^Line 2 is not JSON/],
    ['{"instruction":"1"}', 'field-missing', 'Line 2 has no field "output" (fields found: instruction).'],
    ['{}', 'field-missing', 'Line 2 has no field "instruction" (fields found: —).'],
    ['{"instruction":2631,"output":"x"}', 'field-type', 'Line 2: "instruction" must be text, but it is a number.'],
    ['{"instruction":"1","output":null}', 'field-type', 'Line 2: "output" must be text, but it is null.'],
    ['{"instruction":"1","input":[],"output":"x"}', 'field-type', 'Line 2: "input" must be text, but it is a list.'],
    [
      '{"instruction":"1","output":" \\n"}',
      'empty-answer',
      'Line 2 has an empty answer: there is nothing to learn from it.',
    ],
    ['{"instruction":"","output":"x"}', 'empty-question', 'Line 2 has an empty question.'],
    ['42', 'row-not-object', 'Line 2 must be a JSON object, but it is a number.'],
    ['[1]', 'row-not-object', 'Line 2 must be a JSON object, but it is a list.'],
    ['null', 'row-not-object', 'Line 2 must be a JSON object, but it is null.'],
    ['{"messages":"hello"}', 'field-type', 'Line 2: "messages" must be a list, but it is text.'],
    ['{"messages":[]}', 'no-final-answer', /the last message is not an answer/],
    [
      '{"messages":[true]}',
      'field-type',
      /"messages\[0\]" must be an object with role and content, but it is true or false/,
    ],
    [
      '{"messages":[{"role":"tool","content":"x"}]}',
      'unknown-role',
      /"messages\[0\]\.role" must be system, user or assistant, but it is "tool"/,
    ],
    ['{"messages":[{"role":"user"}]}', 'field-missing', /no field "messages\[0\]\.content"/],
    ['{"messages":[{"role":"user","content":7}]}', 'field-type', /"messages\[0\]\.content" must be text/],
    ['{"messages":[{"role":"user","content":"x"}]}', 'no-final-answer', /the last message is not an answer/],
    ['{"messages":[{"role":"assistant","content":"x"}]}', 'no-user-message', /no message of the user/],
    [
      '{"messages":[{"role":"user","content":"x"},{"role":"system","content":"x"}]}',
      'system-not-first',
      /not the first one/,
    ],
  ];

  it.each(cases)('%s', (line, code, message) => {
    const result = parse(`${row('1')}\n${line}\n${row('3')}`);
    expect(lines(result)).toEqual([1, 3]);
    expect(problems(result)).toEqual([[2, code]]);
    expect(result.problems[0]?.message).toMatch(message);
    expect(result.problems[0]?.detail.line).toBe(2);
  });

  it('leaves out a line of 2 MB, and says how long it is', () => {
    const result = parse(`${row('1')}\n${row('x'.repeat(2_000_000))}\n${row('3')}`);
    expect(lines(result)).toEqual([1, 3]);
    expect(result.problems.map(({ message }) => message)).toEqual([
      'Line 2 is 2.0 million characters long; a row may have at most 1 million. It was left out.',
    ]);
  });

  it('reads a long line below the limit', () => {
    expect(parse(row('x'.repeat(900_000))).examples).toHaveLength(1);
  });

  it('keeps the rows after a broken first line', () => {
    const result = parse(`{"instruction":\n${row('2')}`);
    expect(lines(result)).toEqual([2]);
    expect(problems(result)).toEqual([[1, 'line-not-json']]);
  });
});

describe('files of another kind', () => {
  it('reads a JSON array and says so', () => {
    const result = parse(`[\n  ${row('1')},\n  {"instruction":"2"},\n  ${row('3')}\n]\n`);
    expect(lines(result)).toEqual([1, 3]);
    expect(problems(result)).toEqual([
      [0, 'file-is-array'],
      [2, 'field-missing'],
    ]);
    expect(result.problems[0]?.message).toContain('3 items');
  });

  it('reads an array on one line, however long', () => {
    const result = parse(`[${row('x'.repeat(600_000))},${row('y'.repeat(600_000))}]`);
    expect(lines(result)).toEqual([1, 2]);
    expect(problems(result)).toEqual([[0, 'file-is-array']]);
  });

  it('says what is wrong with a broken array', () => {
    const result = parse(`[\n${row('1')},\n${row('2')},\n]`);
    expect(problems(result)).toEqual([[0, 'array-broken']]);
  });

  it('reads one pretty-printed object as one row', () => {
    expect(lines(parse(JSON.stringify({ instruction: '1', output: '2' }, null, 2)))).toEqual([1]);
  });

  it.each([[''], ['\n\n'], ['\ufeff'], [' \r\n ']])('says that %j is empty', (text) => {
    expect(problems(parse(text))).toEqual([[0, 'file-empty']]);
  });

  it('an empty array is a file without rows too', () => {
    const result = parse('[]');
    expect(result.examples).toEqual([]);
    expect(problems(result)).toEqual([[0, 'file-is-array']]);
  });

  it.each([
    ['a PNG picture', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
    ['a JPEG picture', [0xff, 0xd8, 0xff, 0xe0, 0x00]],
    ['a PDF document', [0x25, 0x50, 0x44, 0x46, 0x2d, 0x31]],
    ['a ZIP archive or an Office document', [0x50, 0x4b, 0x03, 0x04]],
    ['binary data', [0x7b, 0x00, 0x01, 0x02]],
  ])('recognises %s', (kind, head) => {
    const result = bytes(head);
    expect(result.examples).toEqual([]);
    expect(result.problems).toEqual([
      { line: 0, code: 'file-binary', message: `The file is ${kind}, not JSONL text.`, detail: { kind } },
    ]);
  });

  it('says once that a file is in another encoding', () => {
    const gbk = [0xc4, 0xe3, 0xba, 0xc3, 0x0a];
    expect(problems(bytes(gbk, gbk, gbk))).toEqual([[0, 'file-not-utf8']]);
  });
});
