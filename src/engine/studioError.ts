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
