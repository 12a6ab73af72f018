/** The files of a tokenizer, parsed, and how one that llama.cpp cannot have is refused. */
import { StudioError } from '../../studioError';
import type { OutgoingModel } from '../outgoing';
import { isObject } from '../safetensorsEntry';

export type Json = Readonly<Record<string, unknown>>;

export interface TokenizerFiles {
  /** `tokenizer.json` */
  readonly tokenizer: Json;
  /** `tokenizer_config.json` */
  readonly settings: Json;
  /** `config.json` */
  readonly config: Json;
  /** `chat_template.jinja`, if there is one. */
  readonly template: string | undefined;
}

/** Throws a StudioError `gguf-tokenizer`. */
export async function tokenizerFiles(files: OutgoingModel['files']): Promise<TokenizerFiles> {
  const [tokenizer, settings, config] = await Promise.all(
    ['tokenizer.json', 'tokenizer_config.json', 'config.json'].map((name) => json(files, name)),
  );
  const template = await files.get('chat_template.jinja')?.text();
  return { tokenizer: tokenizer!, settings: settings!, config: config!, template };
}

async function json(files: OutgoingModel['files'], name: string): Promise<Json> {
  const blob = files.get(name);
  if (!blob) throw refuse(`${name} is missing`);
  const parsed: unknown = JSON.parse(await blob.text());
  if (!isObject(parsed)) throw refuse(`${name} is not a JSON object`);
  return parsed;
}

export function objects(list: unknown): readonly Json[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

export function refuse(reason: string): StudioError {
  const message = `The tokenizer cannot be written for llama.cpp: ${reason}.`;
  return new StudioError('gguf-tokenizer', message, { reason });
}
