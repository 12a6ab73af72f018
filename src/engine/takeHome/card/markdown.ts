/** Markdown out of values that people and files wrote: they are only ever text in it. */

/** A table; rows of cells that are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

/** In one line, and nothing of it means anything to Markdown or HTML. */
export function plain(text: string): string {
  return oneLine(text).replace(/[\\`*_[\]#|<>~&]/g, (one) => `&#${one.charCodeAt(0)};`);
}

/** As code in a line; the fence is longer than any inside. */
export function code(text: string): string {
  const fence = '`'.repeat(1 + longest(text, /`+/g));
  return `${fence} ${oneLine(text).replaceAll('|', '\\|')} ${fence}`.replace(/^` ([^`]*) `$/, '`$1`');
}

export function fenced(language: string, text: string): string {
  const fence = '`'.repeat(Math.max(3, 1 + longest(text, /`{3,}/g)));
  return `${fence}${language}\n${text.trimEnd()}\n${fence}\n`;
}

function longest(text: string, pattern: RegExp): number {
  return Math.max(0, ...[...text.matchAll(pattern)].map(([run]) => run.length));
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
