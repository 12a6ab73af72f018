/** Models to write as GGUF: the demo pair, and those of test/fixtures/family with a tokenizer each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutgoingModel } from '../../src/engine/formats/outgoing';
import type { FolderSource } from '../../src/engine/studio';
import { demoModel } from './demoPair';
import { type FamilyName, familyFolder } from './family';
import { outgoingFolder } from './outgoing';
import { type TinyKind, tinyTokenizer, tinyTokenizerConfig } from './tinyTokenizer';

const tokenizers: Readonly<Record<FamilyName, TinyKind>> = {
  narrow: 'qwen2',
  qwen3: 'qwen2',
  llama3: 'llama-bpe',
  smollm: 'smollm',
  qwen2: 'qwen2',
};

export type GgufModelName = 'student' | 'teacher' | FamilyName;
/** Those that llama.cpp can load: not the Qwen2s whose heads are wider together than the model. */
export const ggufModelNames = ['student', 'teacher', 'qwen3', 'llama3', 'smollm'] as const;

/** The folder as it lies on disk, the family's with a tokenizer put into it. */
export function ggufFolder(name: GgufModelName): Extract<FolderSource, { kind: 'files' }> {
  if (name === 'student' || name === 'teacher') {
    const source = demoModel(name);
    if (source.kind !== 'files') throw new Error('the demo pair comes as files');
    return source;
  }
  const files = ['config.json', 'model.safetensors'].map((file) => {
    return new File([readFileSync(join(familyFolder(name), file))], file);
  });
  const json = (file: string, value: unknown) => new File([JSON.stringify(value)], file);
  const tokenizer = json('tokenizer.json', tinyTokenizer(tokenizers[name]));
  return { kind: 'files', name, files: [...files, tokenizer, json('tokenizer_config.json', tinyTokenizerConfig)] };
}

/** With every piece cut into pieces of so many bytes. */
export async function ggufModel(name: GgufModelName, pieceBytes?: number): Promise<OutgoingModel> {
  const model = await outgoingFolder(ggufFolder(name));
  if (pieceBytes === undefined) return model;
  const tensors = model.tensors.map((tensor) => ({ ...tensor, pieces: () => cut(tensor.pieces(), pieceBytes) }));
  return { ...model, tensors };
}

/** All in the same memory, as a reader that reuses its own does. */
async function* cut(pieces: AsyncIterable<Uint8Array<ArrayBuffer>>, size: number) {
  const memory = new Uint8Array(size + 1);
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += size) {
      const part = piece.subarray(at, at + size);
      memory.set(part, 1);
      yield memory.subarray(1, 1 + part.length);
    }
  }
}
