/** A JSONL file's bytes to rows. What cannot be read becomes a problem with its line number; the rest is kept. */
import { parseJson } from '../bounded';
import { type Columns, columnsOf, type Mapping } from './columns';
import { type Example, type Problem, readRow } from './row';
import { decodeText, MOST_ROWS, Problems, tooManyRows } from './text';

export type { Example, Message, Problem } from './row';

export interface ParsedRows {
  readonly examples: readonly Example[];
  readonly problems: readonly Problem[];
  /** Undefined where nothing has columns: no row is an object, or the file is one object. */
  readonly columns: Columns | undefined;
}

/** A row before it is read: what its line holds, or what is wrong with the line. */
export type Item = { readonly line: number; readonly value: unknown } | Problem;

/** Characters. Far above any context; a longer line is nearly always a file of another kind. */
const MAX_LINE = 1_000_000;

/**
 * One JSON object per line; `readRow` says which. A byte order mark, CRLF and blank lines are no problem. A JSON array is
 * read too, with a remark. Never throws.
 */
export function parseJsonl(bytes: Uint8Array, mapping?: Mapping): ParsedRows {
  const { lines, problems } = decodeText(bytes);
  const whole = parseWhole(lines);
  const read = readItems(whole ? numbered(whole.items) : parsedLines(lines), mapping);
  const found = [...problems, ...(whole?.problems ?? []), ...read.problems];
  // One object over several lines is more often another file than a table of one row.
  const columns = whole?.single ? undefined : read.columns;
  return { examples: read.examples, problems: orEmpty(read.examples, found), columns };
}

/** In the order of the file; a file with nothing in it gets a sentence too. */
export function orEmpty(examples: readonly Example[], problems: Problem[]): readonly Problem[] {
  if (examples.length === 0 && problems.length === 0) {
    const message = 'The file has no rows: it is empty, or has only blank lines or the names of columns.';
    return [{ line: 0, code: 'file-empty', message, detail: {} }];
  }
  return problems.sort((a, b) => a.line - b.line);
}

function* numbered(values: readonly unknown[]): Generator<Item> {
  for (let i = 0; i < values.length; i++) yield { line: i + 1, value: values[i] };
}

function* parsedLines(lines: ReadonlyMap<number, string>): Generator<Item> {
  for (const [line, text] of lines) yield parseLine(text, line);
}

interface Whole {
  readonly items: readonly unknown[];
  readonly problems: readonly Problem[];
  readonly single?: boolean;
}

/** A file that is one JSON value over several lines (or one array): `undefined` when it is JSONL. */
function parseWhole(lines: ReadonlyMap<number, string>): Whole | undefined {
  const first = lines.values().next().value?.trimStart() ?? '';
  if (!first.startsWith('[') && (!first.startsWith('{') || isJson(first))) return undefined;
  let value: unknown;
  try {
    value = parseJson([...lines.values()].join('\n'));
  } catch (error) {
    return first.startsWith('[') && !isJson(first) ? brokenArray(error) : undefined;
  }
  if (!Array.isArray(value)) return { items: [value], problems: [], single: true };
  const message = `The file is one JSON array rather than one row per line. Its ${value.length} items were read; line numbers count items.`;
  const remark = { line: 0, code: 'file-is-array', message, detail: { items: value.length } };
  const more = value.length > MOST_ROWS ? [tooManyRows()] : [];
  return { items: value.slice(0, MOST_ROWS), problems: [remark, ...more] };
}

function brokenArray(error: unknown): Whole {
  const reason = reasonOf(error);
  const message = `The file starts as a JSON array, but is not valid JSON: ${reason}. Put one row per line, without brackets and commas.`;
  return { items: [], problems: [{ line: 0, code: 'array-broken', message, detail: { reason } }] };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

function tooLong(line: number, characters: number): Problem {
  const megabytes = (characters / 1e6).toFixed(1);
  const message = `Line ${line} is ${megabytes} million characters long; a row may have at most 1 million. It was left out.`;
  return { line, code: 'line-too-long', message, detail: { line, characters, most: MAX_LINE } };
}

function parseLine(text: string, line: number): Item {
  if (text.length > MAX_LINE) return tooLong(line, text.length);
  try {
    return { line, value: parseJson(text) };
  } catch (error) {
    const reason = reasonOf(error);
    return { line, code: 'line-not-json', message: `Line ${line} is not JSON: ${reason}.`, detail: { line, reason } };
  }
}

/** Rows whose columns are looked at. */
const LOOKED_AT = 100;

/** Items of an array and rows of a table have no line of their own whose length was looked at. */
function within(row: Example | Problem): Example | Problem {
  if ('code' in row) return row;
  const characters = row.messages.reduce((sum, { content }) => sum + content.length, 0);
  return characters > MAX_LINE ? tooLong(row.line, characters) : row;
}

/** Rows and problems apart, and the columns that the first rows have. */
export function readItems(
  items: Iterable<Item>,
  mapping: Mapping | undefined,
  table = false,
): { examples: Example[]; problems: readonly Problem[]; columns: Columns | undefined } {
  const examples: Example[] = [];
  const problems = new Problems();
  const first: unknown[] = [];
  for (const item of items) {
    if (!('code' in item) && first.length < LOOKED_AT) first.push(item.value);
    const result = 'code' in item ? item : within(readRow(item.value, item.line, mapping));
    if ('messages' in result) examples.push(result);
    else problems.add(result);
  }
  return { examples, problems: problems.all(), columns: columnsOf(first, mapping, table) };
}
