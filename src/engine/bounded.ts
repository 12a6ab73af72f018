/** Text and JSON from elsewhere, read with limits that are looked at before anything is taken for them. */
import { StudioError } from './studioError';

/** Bytes. Each is many times what such files have. */
export const MOST = {
  /** config.json, generation_config.json, adapter_config.json, run.json, a recipe. */
  config: 16e6,
  /** tokenizer.json of the largest vocabularies has 35 MB. */
  tokenizer: 128e6,
  /** An index of shards, a Hub's list of files. */
  index: 32e6,
  /** A licence, a notice, a model card, what a Hub says about an error. */
  card: 4e6,
  /** Rows, all files together: their text must be one string. */
  rows: 512e6,
} as const;

/** As in safetensors headers: nothing of ours is deeper than ten, and what is nested ten thousand times ends whoever walks it. */
const MOST_DEPTH = 128;

/** Two characters of text make a value of tens of bytes; tokenizers have some hundred thousand. As many lists and objects at most. */
const MOST_VALUES = 20_000_000;

/** The text of a small file. Throws a StudioError `file-too-large` before it is read. */
export async function textWithin(file: Blob, name: string, most: number): Promise<string> {
  return (await within(file, name, most)).text();
}

/** The file itself. Throws a StudioError `file-too-large`. */
export function within<T extends { readonly size: number }>(file: T, name: string, most: number): T {
  if (file.size <= most) return file;
  const [megabytes, limit] = [file.size, most].map((bytes) => (bytes / 1e6).toFixed(0)) as [string, string];
  const message = `${name} has ${megabytes} MB, and such a file may have ${limit} MB at most.`;
  throw new StudioError('file-too-large', message, { file: name, megabytes, most: limit });
}

/** The body of an answer; undefined when it is longer than `most` bytes, and then the rest is not fetched. */
export async function bodyWithin(response: Response, most: number): Promise<string | undefined> {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > most) {
      await reader.cancel().catch(() => {});
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** As `JSON.parse`, with a SyntaxError too for what is nested too deeply or has too many values to be held. */
export function parseJson(text: string): unknown {
  let [depth, values, opened, inText] = [0, 0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inText) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) inText = false;
    } else if (code === QUOTE) inText = true;
    else if (code === LIST || code === OBJECT) {
      if (++depth > MOST_DEPTH) throw new SyntaxError(`it is nested more than ${MOST_DEPTH} levels deep`);
      if (++opened > MOST_VALUES) throw new SyntaxError(`it has more than ${MOST_VALUES} lists and objects`);
    } else if (code === LIST_END || code === OBJECT_END) depth--;
    else if (code === COMMA && ++values > MOST_VALUES) throw new SyntaxError(`it has more than ${MOST_VALUES} values`);
  }
  return JSON.parse(text);
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The lines of a text that are not blank, each with its number from 1; one by one, for a file may be nothing but line breaks. */
export function* linesOf(text: string): Generator<readonly [number: number, line: string]> {
  const breaks = /\r\n|\n|\r/g;
  let number = 0;
  for (let start = 0; start <= text.length; start = breaks.lastIndex) {
    const found = breaks.exec(text);
    number++;
    const line = text.slice(start, found?.index);
    if (line.trim() !== '') yield [number, line];
    if (!found) return;
  }
}
