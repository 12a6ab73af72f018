/** The real Qwen2.5 tokenizer, built once: parsing 7 MB of JSON takes a second. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type ChatTokenizer, createTokenizer } from '../../src/engine/data/tokenizer';

const folder = join(import.meta.dirname, '../fixtures/qwen2.5');

export function qwenFile(name: string): Uint8Array {
  const bytes = readFileSync(join(folder, name));
  return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

export function qwenJson(name: string): unknown {
  return JSON.parse(new TextDecoder().decode(qwenFile(name)));
}

let tokenizer: ChatTokenizer | undefined;

export function qwenTokenizer(): ChatTokenizer {
  tokenizer ??= createTokenizer(qwenJson('tokenizer.json.gz'), qwenJson('tokenizer_config.json'));
  return tokenizer;
}
