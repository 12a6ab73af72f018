/** Files of rows, whatever their form, to one list of rows: JSONL, a JSON array, or a table with commas or tabs. */
import type { Columns, Mapping } from './columns';
import { readCsv } from './csv';
import { orEmpty, type ParsedRows, parseJsonl, readItems } from './jsonl';
import type { Example, Problem } from './row';
import { binaryKind, fileNotUtf8, wholeText } from './text';

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One file; its name says whether it is a table. Never throws. */
export function parseFile({ name, bytes }: NamedBytes, mapping?: Mapping): ParsedRows {
  const tabs = /\.(tsv|tab)$/i.test(name);
  if (!tabs && !/\.csv$/i.test(name)) return parseJsonl(bytes, mapping);
  const binary = binaryKind(bytes);
  const text = binary ? undefined : wholeText(bytes);
  if (text === undefined) return { examples: [], problems: [binary ?? fileNotUtf8()], columns: undefined };
  const { rows, problems } = readCsv(text, tabs ? '\t' : '', mapping?.header);
  const read = readItems(rows, mapping, true);
  return { ...read, problems: orEmpty(read.examples, [...problems, ...read.problems]) };
}

/** Several files as one, in their order; rows and problems then name their file. */
export function parseFiles(
  files: readonly NamedBytes[],
  mapping?: Mapping,
): ParsedRows & { readonly files: readonly string[] } {
  const names = distinct(files.map(({ name }) => name));
  const [only, ...others] = files.map((file) => parseFile(file, mapping));
  if (!only || others.length === 0) {
    const { examples = [], problems = orEmpty([], []), columns } = only ?? {};
    return { files: names, examples, problems, columns };
  }
  const all = [only, ...others];
  const examples: Example[] = [];
  const problems: Problem[] = [];
  for (const [i, parsed] of all.entries()) {
    const file = names[i] ?? '';
    for (const example of parsed.examples) examples.push({ ...example, file });
    for (const problem of parsed.problems) problems.push({ ...problem, file, message: `${file}: ${problem.message}` });
  }
  return { files: names, examples, problems, columns: columnsOfAll(all) };
}

/** Of the first file whose rows could not be read by their names, else of the first that has any. */
function columnsOfAll(all: readonly ParsedRows[]): Columns | undefined {
  return (all.find(({ examples, columns }) => columns && examples.length === 0) ?? all.find(({ columns }) => columns))
    ?.columns;
}

/** Two files of one name, from different folders, must stay two. */
function distinct(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let n = 2; taken.has(free); n++) free = `${name} (${n})`;
    taken.add(free);
    return free;
  });
}
