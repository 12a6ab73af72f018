/** A folder into GPU buffers: one file or shards, BF16, F16 or F32, tied or not, sizes whose rows begin inside a word. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blobSource } from '../../src/engine/formats/folder';
import { openModelFolder } from '../../src/engine/formats/huggingface';
import { openSafetensors } from '../../src/engine/formats/safetensors';
import { writeCheckpoint } from '../../src/engine/formats/shards';
import { memorySink } from '../../src/engine/formats/sink';
import { outgoingTensors } from '../../src/engine/model/saving';
import { loadWeights } from '../../src/engine/model/weights';
import { type FamilyName, familyFolder } from '../support/family';
import { type Bench, bench } from '../support/gpu';

interface Stored {
  readonly shape: readonly number[];
  /** bf16 */
  readonly words: Uint16Array<ArrayBuffer>;
}
type Checkpoint = ReadonlyMap<string, Stored>;

/** What lies in a safetensors file; values that F16 has no normal number for are taken as 0. */
async function read(blob: Blob): Promise<Checkpoint> {
  const source = blobSource('file', blob);
  const { tensors } = await openSafetensors(source);
  const entries = [...tensors].map(async ([name, { start, end, shape }]) => {
    const words = new Uint16Array((await source.read(start, end)).slice().buffer);
    return [name, { shape, words: words.map((word) => (exponentOf(word) < 113 ? 0 : word)) }] as const;
  });
  return new Map(await Promise.all(entries));
}

const exponentOf = (word: number) => (word >> 7) & 0xff;

/** The same values in another type, bit by bit. */
const encoders: Readonly<Record<'BF16' | 'F16' | 'F32', (words: Uint16Array<ArrayBuffer>) => ArrayBuffer>> = {
  BF16: (words) => words.slice().buffer,
  F32: (words) => Uint32Array.from(words, (word) => word << 16).buffer,
  F16: (words) =>
    words.map((word) => (word === 0 ? 0 : (word & 0x8000) | ((exponentOf(word) - 112) << 10) | ((word & 0x7f) << 3)))
      .buffer,
};

async function filesOf(name: FamilyName, weights: Checkpoint, dtype: keyof typeof encoders, most?: number) {
  const sink = memorySink();
  const tensors = [...weights].map(([tensor, { shape, words }]) => ({
    ...{ name: tensor, dtype, shape },
    pieces: async function* () {
      yield new Uint8Array(encoders[dtype](words));
    },
  }));
  await writeCheckpoint(sink, tensors, most);
  const config = readFileSync(join(familyFolder(name), 'config.json'));
  const small = [new File([config], 'config.json')];
  const tokenizer = ['tokenizer.json', 'tokenizer_config.json'].map((file) => new File(['{}'], file));
  return [...small, ...tokenizer, ...[...sink.files].map(([file, content]) => new File([content], file))];
}

/** Through the GPU and out again. */
async function loaded(b: Bench, name: FamilyName, files: readonly File[], limit?: number): Promise<Checkpoint> {
  const folder = await openModelFolder({ kind: 'files', name, files });
  const model = { config: folder.config, weights: await loadWeights(b.gpu, b.arena, folder, limit) };
  const sink = memorySink();
  await writeCheckpoint(sink, outgoingTensors(b.gpu, model));
  return read(sink.files.get('model.safetensors')!);
}

const original = (name: FamilyName) => read(new Blob([readFileSync(join(familyFolder(name), 'model.safetensors'))]));

const layouts = [
  ['one file', undefined],
  ['shards', 8000],
] as const;
const cases = (['narrow', 'smollm'] as const).flatMap((name) =>
  (['BF16', 'F16', 'F32'] as const).flatMap((dtype) =>
    layouts.map(([layout, most]) => [name, dtype, layout, most] as const),
  ),
);

describe('a folder whose sizes are odd', () => {
  it.each(cases)('%s in %s as %s', async (name, dtype, _layout, most) => {
    const b = await bench();
    const weights = await original(name);
    const files = await filesOf(name, weights, dtype, most);
    expect(files.filter((file) => file.name.startsWith('model')).length > 2).toBe(most !== undefined);
    // Whole, and with the embedding and the head in bands.
    for (const limit of [undefined, 64 * 2 * 45]) {
      const found = await loaded(b, name, files, limit);
      expect(new Set(found.keys())).toEqual(new Set(weights.keys()));
      for (const [tensor, { words }] of weights) expect(found.get(tensor)!.words, tensor).toEqual(words);
    }
    const { words } = weights.get('model.embed_tokens.weight')!;
    const shifted = new Map(weights).set('model.embed_tokens.weight', {
      ...weights.get('model.embed_tokens.weight')!,
      words: words.map((_, i) => words[(i + 1) % words.length]!),
    });
    const wrong = await loaded(b, name, await filesOf(name, shifted, dtype, most));
    expect(wrong.get('model.embed_tokens.weight')!.words).not.toEqual(words);
  });

  it('tied: a head in the file beside the embedding is left alone, as Transformers does', async () => {
    const b = await bench();
    const weights = await original('smollm');
    const { shape, words } = weights.get('model.embed_tokens.weight')!;
    const extra = new Map(weights).set('lm_head.weight', { shape, words: words.map(() => 0x3f80) });
    const found = await loaded(b, 'smollm', await filesOf('smollm', extra, 'BF16'));
    expect(found.has('lm_head.weight')).toBe(false);
    expect(found.get('model.embed_tokens.weight')!.words).toEqual(words);
  });

  it('not tied: a head that is missing is named', async () => {
    const weights = new Map(await original('narrow'));
    weights.delete('lm_head.weight');
    const files = await filesOf('narrow', weights, 'BF16');
    await expect(openModelFolder({ kind: 'files', name: 'narrow', files })).rejects.toThrow('lack lm_head.weight');
  });
});
