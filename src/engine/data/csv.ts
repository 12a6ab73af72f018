/** A table with commas, tabs or semicolons between its fields to rows by column name, each with its line in the file. */
import Papa from 'papaparse';
import { MOST_COLUMNS } from './columns';
import type { Problem } from './row';
import { MOST_ROWS, Problems, tooManyRows } from './text';

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
  const input = text.replace(/\r\n?/g, '\n');
  const tangled = tangledLine(input);
  if (tangled !== undefined) return { rows: [], problems: [quotes(tangled)] };
  const reading = new Reading(header);
  Papa.parse<string[]>(input, {
    // Row by row: without it, a table of line breaks alone would be held as so many rows.
    ...{ delimiter, newline: '\n', fastMode: false },
    step: ({ data, errors }, parser) => {
      const goesOn = reading.take(
        data,
        errors.some(({ type }) => type === 'Quotes'),
      );
      if (!goesOn) parser.abort();
    },
  });
  return reading.table();
}

class Reading {
  private readonly header: boolean;
  private readonly rows: Table['rows'][number][] = [];
  private readonly problems = new Problems();
  private names: readonly string[] | undefined;
  private next = 1;
  /** What ended it. */
  private last: Problem | undefined;

  constructor(header: boolean) {
    this.header = header;
  }

  /** False: nothing more is wanted. `broken`: its quotation marks do not match. */
  take(fields: readonly string[], broken: boolean): boolean {
    const line = this.next;
    this.next += 1 + fields.reduce((breaks, field) => breaks + countBreaks(field), 0);
    if (fields.every((field) => field.trim() === '')) return true;
    if (broken) this.problems.add(quotes(line));
    // Every row has a place for each of them: a long first line would make much of many short ones.
    else if (!this.names && fields.length > MOST_COLUMNS) this.last = tooWide(line, fields.length);
    else if (!this.names && this.header) this.names = distinct(fields);
    else if (this.rows.length === MOST_ROWS) this.last = tooManyRows();
    else this.row(line, fields);
    return !this.last;
  }

  table(): Table {
    const problems = this.problems.all();
    return { rows: this.rows, problems: this.last ? [...problems, this.last] : problems };
  }

  private row(line: number, fields: readonly string[]): void {
    this.names ??= fields.map((_, i) => String(i + 1));
    const { names } = this;
    if (fields.length > names.length) this.problems.add(tooMany(line, fields.length, names.length));
    else this.rows.push({ line, value: Object.fromEntries(names.map((name, i) => [name, fields[i] ?? ''])) });
  }
}

/**
 * The line where quotation marks and white space come to more than the parser can look at: for every mark that does not end its
 * field it looks at all the space before the end of the line. No text of anybody's comes near.
 */
function tangledLine(text: string): number | undefined {
  if (!text.includes('"')) return undefined;
  let [line, looks, marks, space, longest] = [1, 0, 0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BREAK) {
      looks += marks * longest;
      if (looks > MOST_LOOKS) return line;
      line++;
      [marks, space, longest] = [0, 0, 0];
    } else if (isSpace(code)) longest = Math.max(longest, ++space);
    else {
      space = 0;
      if (code === QUOTE) marks++;
    }
  }
  return looks + marks * longest > MOST_LOOKS ? line : undefined;
}

const [BREAK, QUOTE] = [0x0a, 0x22];
/** About a second. */
const MOST_LOOKS = 1e8;

function isSpace(code: number): boolean {
  return code < 0x80 ? code === 0x20 || (code >= 0x09 && code <= 0x0d) : /\s/.test(String.fromCharCode(code));
}

/** A table is held whole, each field by itself. */
const MOST_CHARACTERS = 128e6;

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
