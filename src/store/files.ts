/** What may be dropped on the data panel: one text file. Everything else gets a sentence, and nothing is replaced. */
import type { Failure } from './types';

/** One dropped or picked thing; `file` is undefined for a folder. */
export interface Dropped {
  readonly name: string;
  readonly folder: boolean;
  readonly file: File | undefined;
}

export type FileChoice = { readonly file: File } | { readonly failure: Failure };

const pictures = /\.(png|jpe?g|gif|webp|bmp|svg|avif|heic|ico|tiff?)$/i;
const otherThanText =
  /\.(pdf|docx?|xlsx?|pptx?|zip|gz|7z|rar|tar|mp[34]|mov|wav|exe|safetensors|gguf|bin|pt|parquet)$/i;

/** Exactly one usable file, or the reason why not. */
export function chooseRows(dropped: readonly Dropped[]): FileChoice {
  const [first, ...others] = dropped;
  if (!first) return refuse('drop-nothing', 'No file was dropped.', {});
  const name = first.name;
  if (others.length > 0) return refuse('drop-several', 'Drop one file at a time.', { count: dropped.length });
  if (first.folder || !first.file) return refuse('drop-folder', `“${name}” is a folder, not a JSONL file.`, { name });
  const { type, size } = first.file;
  if (type.startsWith('image/') || pictures.test(name)) {
    return refuse('drop-picture', `“${name}” is a picture, not a JSONL file.`, { name });
  }
  if (/^(audio|video|font)\//.test(type) || otherThanText.test(name)) {
    return refuse('drop-not-text', `“${name}” is not a text file.`, { name });
  }
  if (size === 0) return refuse('drop-empty', `“${name}” is empty.`, { name });
  return { file: first.file };
}

function refuse(code: string, message: string, detail: Failure['detail']): FileChoice {
  return { failure: { code, message, detail } };
}
