/** A table with commas, tabs or semicolons between its fields to rows by column name, each with its line in the file. */
import Papa from 'papaparse';
import type { Problem } from './row';
import { MOST_ROWS, tooManyRows } from './text';

export interface Table {
  readonly rows: readonly { readonly line: number; readonly value: Readonly<Record<string, string>> }[];
  readonly problems: readonly Problem[];
}

/**
 * Fields in quotation marks may hold line breaks: a row is known by the line it begins on. `header` false: the first
 * line is a row, and the columns are named 1, 2, … Blank lines are no rows. Never throws.
 */
export function readCsv(text: string, delimiter: '\t' | '', header = true): Table {
  if (text.length > MOST_CHARACTERS) return { rows: [], problems: [tooLarge(text.length)] };
  const { data, errors } = Papa.parse<string[]>(text.replace(/\r\n?/g, '\n'), { delimiter, newline: '\n' });
  const broken = new Set(errors.flatMap(({ type, row }) => (type === 'Quotes' && row !== undefined ? [row] : [])));
  const rows: Table['rows'][number][] = [];
  const problems: Problem[] = [];
  let names: readonly string[] | undefined;
  let next = 1;
  for (const [index, fields] of data.entries()) {
    const line = next;
    next += 1 + fields.reduce((breaks, field) => breaks + countBreaks(field), 0);
    if (fields.every((field) => field.trim() === '')) continue;
    if (broken.has(index)) problems.push(quotes(line));
    else if (!names && fields.length > MOST_COLUMNS) return { rows: [], problems: [tooWide(line, fields.length)] };
    else if (!names && header) names = distinct(fields);
    else if (rows.length === MOST_ROWS) return { rows, problems: [...problems, tooManyRows()] };
    else {
      names ??= fields.map((_, i) => String(i + 1));
      if (fields.length > names.length) problems.push(tooMany(line, fields.length, names.length));
      else rows.push({ line, value: Object.fromEntries(names.map((name, i) => [name, fields[i] ?? ''])) });
    }
  }
  return { rows, problems };
}

/** A table is held whole, each field by itself. */
const MOST_CHARACTERS = 128e6;

/** Every row has a place for each of them: a long first line would make much of many short ones. */
const MOST_COLUMNS = 1000;

function countBreaks(field: string): number {
  let breaks = 0;
  for (let at = field.indexOf('\n'); at >= 0; at = field.indexOf('\n', at + 1)) breaks += 1;
  return breaks;
}

/** Columns without a name are numbered, and so is a name that stands there twice. */
function distinct(fields: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return fields.map((field, i) => {
    const name = field.trim() || String(i + 1);
    let free = name;
    for (let n = 2; taken.has(free); n++) free = `${name} ${n}`;
    taken.add(free);
    return free;
  });
}

function tooLarge(characters: number): Problem {
  const [megabytes, most] = [Math.ceil(characters / 1e6), MOST_CHARACTERS / 1e6];
  const message = `The table has ${megabytes} million characters; it may have ${most} million at most. Divide it, or save it as JSONL.`;
  return { line: 0, code: 'csv-too-large', message, detail: { megabytes, most } };
}

function tooWide(line: number, columns: number): Problem {
  const message = `Line ${line} names ${columns} columns; a table may have ${MOST_COLUMNS}.`;
  return { line, code: 'csv-columns', message, detail: { line, columns, most: MOST_COLUMNS } };
}

function quotes(line: number): Problem {
  const message = `Line ${line}: quotation marks do not match. Text with a comma, a quotation mark or a line break stands in quotation marks, and one inside it is written twice.`;
  return { line, code: 'csv-quotes', message, detail: { line } };
}

function tooMany(line: number, fields: number, names: number): Problem {
  const message = `Line ${line} has ${fields} fields, but the first line has ${names}. Text with a comma stands in quotation marks.`;
  return { line, code: 'csv-fields', message, detail: { line, fields, names } };
}
