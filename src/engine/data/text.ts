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
  const binary = binaryKind(bytes);
  if (binary) return { lines: new Map(), problems: [binary] };
  const text = wholeText(bytes);
  return text === undefined ? decodeLineByLine(bytes) : { lines: number(text.split(LINE_BREAK)), problems: [] };
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
    return { lines: new Map(), problems: [fileNotUtf8()] };
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

export function fileNotUtf8(): Problem {
  const message =
    'The file is not UTF-8 text (it may be in another encoding, such as GBK). Save it as UTF-8 and open it again.';
  return { line: 0, code: 'file-not-utf8', message, detail: {} };
}
