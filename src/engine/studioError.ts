/**
 * An error in words for the person at the page: `code` selects the translated sentence, `detail` fills it in,
 * `message` is the full English sentence.
 */
export class StudioError extends Error {
  readonly code: string;
  readonly detail: Readonly<Record<string, string | number>>;
  constructor(code: string, message: string, detail: Readonly<Record<string, string | number>> = {}) {
    super(message);
    this.name = 'StudioError';
    this.code = code;
    this.detail = detail;
  }
}

/** A value from a file as a sentence can hold it: short, whatever the file says. */
export function shown(value: unknown): string {
  return shorten(stringify(value));
}

/** A text from a file, cut where nobody would read on. */
export function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'missing';
  } catch {
    // Thousands of lists within lists: `JSON.parse` reads them, but nothing writes them.
    return 'nested too deeply';
  }
}
