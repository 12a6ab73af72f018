/** A model's licence as its card states it: in the Hub's answer, or in the first lines of its README. */
import type { Licence } from './types';

type Fields = Readonly<Record<string, unknown>>;

/** Names that say themselves that commercial use is excluded: Qwen Research, CC BY-NC, … */
const excluding = /(^|-)nc(-|$)|research|non-?commercial/i;

/** `fields` are those of a model card; `page` is the address of the model's files, if it has one. */
export function licenceOf(fields: Fields, page?: string): Licence | undefined {
  const [license] = [fields.license].flat();
  const id = license === 'other' ? (text(fields.license_name) ?? license) : text(license);
  if (!id) return undefined;
  return { id, link: link(text(fields.license_link), page), commercial: !excluding.test(id) };
}

/** The block between two lines of dashes that a model card begins with: plain `key: value` lines of it. */
export function frontMatter(readme: string): Fields {
  const block = /^---\s*\r?\n([\s\S]*?)\r?\n---/.exec(readme)?.[1] ?? '';
  const lines = block.split(/\r?\n/).flatMap((line) => {
    const [, key, value] = /^(\w+):\s*(.+?)\s*$/.exec(line) ?? [];
    return key && value ? [[key, value.replace(/^(["'])(.*)\1$/, '$2')] as const] : [];
  });
  return Object.fromEntries(lines);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Shown as a link in the page: an address of the web, or a file of the model. */
function link(address: string | undefined, page: string | undefined): string | undefined {
  if (!address) return undefined;
  if (/^https?:\/\//i.test(address)) return address;
  return page !== undefined && /^[\w.-]+$/.test(address) ? `${page}/${address}` : undefined;
}
