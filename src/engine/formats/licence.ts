/** A model's licence as its card states it, in the Hub's answer or in the first lines of its README, or as a file says it. */

export interface Licence {
  /** As the model's card names it, for example `apache-2.0` or `qwen-research`. */
  readonly id: string;
  /** An address, or the name of a file beside the model. */
  readonly link: string | undefined;
  /** False where the name itself says that commercial use is excluded; true says nothing. */
  readonly commercial: boolean;
  /** None of the licences that the Hub knows by name. */
  readonly ownTerms?: boolean | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Names that say themselves that commercial use is excluded: Qwen Research, CC BY-NC, … */
const excluding = /(^|-)nc(-|$)|research|non-?commercial/i;

/** `fields` are those of a model card; `page` is the address of the model's files, missing for a folder on the disk. */
export function licenceOf(fields: Fields, page?: string): Licence | undefined {
  const [license] = [fields.license].flat();
  const ownTerms = license === 'other';
  const id = ownTerms ? (text(fields.license_name) ?? license) : text(license);
  if (!id || id === 'unknown') return undefined;
  const known = { id, link: link(text(fields.license_link), page), commercial: !excluding.test(id) };
  return ownTerms ? { ...known, ownTerms } : known;
}

/** Lines and characters a line that are looked at: cards have some tens of either. */
const [MOST_LINES, MOST_IN_LINE] = [1000, 1000];

/** The lines between two lines of dashes that a model card begins with; none where it does not, or where they do not end. */
export function frontLines(readme: string): readonly string[] {
  const lines: string[] = [];
  for (let start = 0; lines.length <= MOST_LINES; ) {
    const found = readme.indexOf('\n', start);
    const line = readme.slice(start, found < 0 ? undefined : found).slice(0, MOST_IN_LINE);
    if (lines.length === 0 ? !/^---\s*$/.test(line) : line.startsWith('---')) return lines.slice(1);
    if (found < 0) return [];
    lines.push(line.endsWith('\r') ? line.slice(0, -1) : line);
    start = found + 1;
  }
  return [];
}

/** The plain `key: value` lines of that block. */
export function frontMatter(readme: string): Fields {
  const lines = frontLines(readme).flatMap((line) => {
    const [, key, value] = /^(\w+):\s*(\S.*)$/.exec(line.trimEnd()) ?? [];
    return key && value ? [[key, value.replace(/^(["'])(.*)\1$/, '$2')] as const] : [];
  });
  return Object.fromEntries(lines);
}

/** Texts that are known by their beginning. */
const texts: readonly (readonly [RegExp, string])[] = [
  [/^\s*Apache License\s+Version 2\.0/i, 'apache-2.0'],
  [/^\s*(The )?MIT License/i, 'mit'],
];

/** Of a licence's own text: by name where it is a common one, else by its first line. */
export function licenceOfText(file: string, content: string): Licence | undefined {
  const known = texts.find(([pattern]) => pattern.test(content))?.[1];
  if (known) return { id: known, link: file, commercial: true };
  const title = content.split(/\r?\n/).find((line) => line.trim() !== '');
  const id = title?.trim().slice(0, 80);
  return id ? { id, link: file, commercial: !excluding.test(id), ownTerms: true } : undefined;
}

/** What goes along with a model wherever it goes: its licence, notices, and terms of use. */
export function isLegal(file: string): boolean {
  return /^(licen[cs]e|notice|use_policy|copying|copyright)(\.(txt|md|pdf))?$/i.test(file);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Shown as a link in the page: an address of the web, or a file of the model. */
function link(address: string | undefined, page: string | undefined): string | undefined {
  if (!address) return undefined;
  if (/^https?:\/\//i.test(address)) return address;
  if (!/^[\w.-]+$/.test(address)) return undefined;
  return page === undefined ? address : `${page}/${address}`;
}
