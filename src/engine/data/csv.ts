/** A table with commas, tabs or semicolons between its fields to rows by column name, each with its line in the file. */
import Papa from 'papaparse';
import type { Problem } from './row';

export interface Table {
  readonly rows: readonly { readonly line: number; readonly value: Readonly<Record<string, string>> }[];
  readonly problems: readonly Problem[];
}

/**
 * Fields in quotation marks may hold line breaks: a row is known by the line it begins on. `header` false: the first
 * line is a row, and the columns are named 1, 2, … Blank lines are no rows. Never throws.
 */
export function readCsv(text: string, delimiter: '\t' | '', header = true): Table {
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
    else if (!names && header) names = distinct(fields);
    else {
      names ??= fields.map((_, i) => String(i + 1));
      if (fields.length > names.length) problems.push(tooMany(line, fields.length, names.length));
      else rows.push({ line, value: Object.fromEntries(names.map((name, i) => [name, fields[i] ?? ''])) });
    }
  }
  return { rows, problems };
}

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

function quotes(line: number): Problem {
  const message = `Line ${line}: quotation marks do not match. Text with a comma, a quotation mark or a line break stands in quotation marks, and one inside it is written twice.`;
  return { line, code: 'csv-quotes', message, detail: { line } };
}

function tooMany(line: number, fields: number, names: number): Problem {
  const message = `Line ${line} has ${fields} fields, but the first line has ${names}. Text with a comma stands in quotation marks.`;
  return { line, code: 'csv-fields', message, detail: { line, fields, names } };
}
