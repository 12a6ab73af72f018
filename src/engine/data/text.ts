/** Bytes of a dropped file to its non-blank lines; says so when the file is not text. */
import { linesOf } from '../bounded';
import type { Problem } from './row';

export interface Lines {
  /** Line number, counted from 1, to its text; blank lines left out. */
  readonly lines: ReadonlyMap<number, string>;
  readonly problems: Problem[];
}

/** Rows of all files of which anybody trains, and room for each in the memory of a tab. */
export const MOST_ROWS = 2_000_000;

/** Lines that are named one by one: nobody reads the next. */
const MOST_PROBLEMS = 10_000;

/** What is wrong with lines of a file, however many they are. */
export class Problems {
  private readonly named: Problem[] = [];
  private more = 0;

  add(problem: Problem): void {
    if (this.named.length < MOST_PROBLEMS) this.named.push(problem);
    else this.more++;
  }

  /** Those that are named, and one that counts the others. */
  all(): readonly Problem[] {
    return this.more > 0 ? [...this.named, moreProblems(this.more)] : this.named;
  }
}

function moreProblems(count: number): Problem {
  const message = `${count} more lines could not be used either; the first ${MOST_PROBLEMS} are named.`;
  return { line: 0, code: 'problems-more', message, detail: { count, named: MOST_PROBLEMS } };
}

/** First bytes of what people drop by mistake. */
const kinds: readonly (readonly [kind: string, first: readonly number[]])[] = [
  ['a PNG picture', [0x89, 0x50, 0x4e, 0x47]],
  ['a JPEG picture', [0xff, 0xd8, 0xff]],
  ['a GIF picture', [0x47, 0x49, 0x46, 0x38]],
  ['a WebP, WAV or AVI file', [0x52, 0x49, 0x46, 0x46]],
  ['a PDF document', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['a ZIP archive or an Office document', [0x50, 0x4b, 0x03, 0x04]],
  ['a gzip archive', [0x1f, 0x8b]],
  ['a Parquet table', [0x50, 0x41, 0x52, 0x31]],
];

/** UTF-8, or UTF-16 where a byte order mark says so (some Windows tools write it). */
export function decodeText(bytes: Uint8Array): Lines {
  const binary = binaryKind(bytes);
  if (binary) return { lines: new Map(), problems: [binary] };
  const text = wholeText(bytes);
  return text === undefined ? decodeLineByLine(bytes) : gathered(linesOf(text));
}

/** The whole file as text, undefined where some of it is not UTF-8 (or UTF-16 with its mark). */
export function wholeText(bytes: Uint8Array): string | undefined {
  try {
    // A byte order mark is dropped by the decoder.
    return new TextDecoder(utf16(bytes) ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What is wrong with a file that is no text at all. */
export function binaryKind(bytes: Uint8Array): Problem | undefined {
  const named = kinds.find(([, first]) => first.every((byte, i) => bytes[i] === byte))?.[0];
  const zeros = !utf16(bytes) && bytes.subarray(0, 65_536).includes(0);
  const kind = named ?? (zeros ? 'binary data' : undefined);
  if (!kind) return undefined;
  return { line: 0, code: 'file-binary', message: `The file is ${kind}, not JSONL text.`, detail: { kind } };
}

function utf16(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return undefined;
}

function gathered(found: Iterable<readonly [number: number, line: string]>): Lines {
  const lines = new Map<number, string>();
  for (const [number, line] of found) {
    if (lines.size === MOST_ROWS) return { lines, problems: [tooManyRows()] };
    lines.set(number, line);
  }
  return { lines, problems: [] };
}

export function tooManyRows(): Problem {
  const message = `The file has more than ${MOST_ROWS} rows. The first of them were read; divide it, or draw from it.`;
  return { line: 0, code: 'rows-too-many', message, detail: { most: MOST_ROWS } };
}

/** One bad byte must not cost the other rows; a file in another encoding gets one sentence, not a thousand. */
function decodeLineByLine(bytes: Uint8Array): Lines {
  const bad: number[] = [];
  const { lines, problems } = gathered(decoded(bytes, bad));
  if (bad.length > lines.size) return { lines: new Map(), problems: [fileNotUtf8()] };
  const unread = new Problems();
  for (const line of bad) unread.add(notUtf8(line));
  return { lines, problems: [...problems, ...unread.all()] };
}

/** Lines that are text and not blank; the numbers of the others go into `bad`, until it is plain what the file is. */
function* decoded(bytes: Uint8Array, bad: number[]): Generator<readonly [number: number, line: string]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let [number, good] = [0, 0];
  for (let start = 0; start <= bytes.length && bad.length <= good + MOST_BAD; ) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    number++;
    const line = textOf(decoder, bytes.subarray(start, end));
    if (line === undefined) bad.push(number);
    else if (line.trim() !== '') {
      good++;
      yield [number, line];
    }
    start = end + 1;
  }
}

/** Lines in a row of another encoding that are looked at. */
const MOST_BAD = 10_000;

function textOf(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes).replace(/\r$/, '');
  } catch {
    return undefined;
  }
}

function notUtf8(line: number): Problem {
  return { line, code: 'line-not-utf8', message: `Line ${line} has bytes that are not UTF-8 text.`, detail: { line } };
}

export function fileNotUtf8(): Problem {
  const message =
    'The file is not UTF-8 text (it may be in another encoding, such as GBK). Save it as UTF-8 and open it again.';
  return { line: 0, code: 'file-not-utf8', message, detail: {} };
}
