/** A JSONL file's bytes to rows. What cannot be read becomes a problem with its line number; the rest is kept. */
import { type Example, type Problem, readRow } from './row';
import { decodeText } from './text';

export type { Example, Message, Problem } from './row';

export interface ParsedRows {
  readonly examples: readonly Example[];
  readonly problems: readonly Problem[];
}

/** Characters. Far above any context; a longer line is nearly always a file of another kind. */
const MAX_LINE = 1_000_000;

/**
 * Reads rows with `instruction`, `input`, `output`, or with `messages`, one JSON object per line. A byte order mark,
 * CRLF and blank lines are no problem. A JSON array is read too, with a remark. Never throws.
 */
export function parseJsonl(bytes: Uint8Array): ParsedRows {
  const { lines, problems } = decodeText(bytes);
  const whole = parseWhole(lines);
  const rows = whole ? readItems(whole.items) : readLines(lines);
  const found = [...problems, ...(whole?.problems ?? []), ...rows.problems];
  if (rows.examples.length === 0 && found.length === 0) {
    const message = 'The file has no rows: it is empty, or has only blank lines.';
    found.push({ line: 0, code: 'file-empty', message, detail: {} });
  }
  return { examples: rows.examples, problems: found.sort((a, b) => a.line - b.line) };
}

/** A file that is one JSON value over several lines (or one array): `undefined` when it is JSONL. */
function parseWhole(lines: ReadonlyMap<number, string>): { items: unknown[]; problems: Problem[] } | undefined {
  const first = lines.values().next().value?.trimStart() ?? '';
  if (!first.startsWith('[') && (!first.startsWith('{') || isJson(first))) return undefined;
  let value: unknown;
  try {
    value = JSON.parse([...lines.values()].join('\n'));
  } catch (error) {
    return first.startsWith('[') && !isJson(first) ? brokenArray(error) : undefined;
  }
  if (!Array.isArray(value)) return { items: [value], problems: [] };
  const message = `The file is one JSON array rather than one row per line. Its ${value.length} items were read; line numbers count items.`;
  return { items: value, problems: [{ line: 0, code: 'file-is-array', message, detail: { items: value.length } }] };
}

function brokenArray(error: unknown): { items: unknown[]; problems: Problem[] } {
  const reason = reasonOf(error);
  const message = `The file starts as a JSON array, but is not valid JSON: ${reason}. Put one row per line, without brackets and commas.`;
  return { items: [], problems: [{ line: 0, code: 'array-broken', message, detail: { reason } }] };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function readItems(items: readonly unknown[]): ParsedRows {
  return collect(items.map((value, i) => readRow(value, i + 1)));
}

function readLines(lines: ReadonlyMap<number, string>): ParsedRows {
  return collect([...lines].map(([line, text]) => readLine(text, line)));
}

function readLine(text: string, line: number): Example | Problem {
  if (text.length > MAX_LINE) {
    const megabytes = (text.length / 1e6).toFixed(1);
    const message = `Line ${line} is ${megabytes} million characters long; a row may have at most 1 million. It was left out.`;
    return { line, code: 'line-too-long', message, detail: { line, characters: text.length, most: MAX_LINE } };
  }
  try {
    return readRow(JSON.parse(text), line);
  } catch (error) {
    const reason = reasonOf(error);
    return { line, code: 'line-not-json', message: `Line ${line} is not JSON: ${reason}.`, detail: { line, reason } };
  }
}

function collect(results: readonly (Example | Problem)[]): ParsedRows {
  const examples: Example[] = [];
  const problems: Problem[] = [];
  for (const result of results) {
    if ('messages' in result) examples.push(result);
    else problems.push(result);
  }
  return { examples, problems };
}
