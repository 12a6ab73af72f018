/** Bytes of a dropped file to its non-blank lines; says so when the file is not text. */
import type { Problem } from './row';

export interface Lines {
  /** Line number, counted from 1, to its text; blank lines left out. */
  readonly lines: ReadonlyMap<number, string>;
  readonly problems: Problem[];
}

const LINE_BREAK = /\r\n|\n|\r/;

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
  const kind = kinds.find(([, first]) => first.every((byte, i) => bytes[i] === byte))?.[0];
  if (kind) return refuse('file-binary', `The file is ${kind}, not JSONL text.`, { kind });
  const encoding = utf16(bytes);
  if (encoding) return { lines: number(new TextDecoder(encoding).decode(bytes).split(LINE_BREAK)), problems: [] };
  if (bytes.subarray(0, 65_536).includes(0)) {
    return refuse('file-binary', 'The file is binary data, not JSONL text.', { kind: 'binary data' });
  }
  try {
    // A byte order mark is dropped by the decoder.
    return { lines: number(new TextDecoder('utf-8', { fatal: true }).decode(bytes).split(LINE_BREAK)), problems: [] };
  } catch {
    return decodeLineByLine(bytes);
  }
}

function utf16(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** One bad byte must not cost the other rows; a file in another encoding gets one sentence, not a thousand. */
function decodeLineByLine(bytes: Uint8Array): Lines {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const bad: number[] = [];
  const texts = splitBytes(bytes).map((line, i) => {
    try {
      return decoder.decode(line).replace(/\r$/, '');
    } catch {
      bad.push(i + 1);
      return '';
    }
  });
  const lines = number(texts);
  if (bad.length > lines.size) {
    const message =
      'The file is not UTF-8 text (it may be in another encoding, such as GBK). Save it as UTF-8 and drop it again.';
    return refuse('file-not-utf8', message);
  }
  return { lines, problems: bad.map(notUtf8) };
}

function notUtf8(line: number): Problem {
  return { line, code: 'line-not-utf8', message: `Line ${line} has bytes that are not UTF-8 text.`, detail: { line } };
}

function splitBytes(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let start = 0; start <= bytes.length; ) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return parts;
}

function number(texts: readonly string[]): Map<number, string> {
  return new Map(texts.map((text, i) => [i + 1, text] as const).filter(([, text]) => text.trim() !== ''));
}

function refuse(code: string, message: string, detail: Record<string, string> = {}): Lines {
  return { lines: new Map(), problems: [{ line: 0, code, message, detail }] };
}
