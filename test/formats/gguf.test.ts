/** GGUF files read back by a reader of our own; test/fixtures/gguf/check_gguf.py reads them with Python's. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { halfToSingle } from '../../src/engine/formats/elements';
import { type GgufForm, planGguf, writeGguf } from '../../src/engine/formats/gguf/gguf';
import type { OutgoingModel } from '../../src/engine/formats/outgoing';
import { memorySink, type Sink } from '../../src/engine/formats/sink';
import { type GgufModelName, ggufFolder, ggufModel, ggufModelNames } from '../support/ggufModels';
import { type ReadGguf, readGguf } from '../support/ggufReader';

/** Where the files are left, each beside its model, for test/fixtures/gguf/check_gguf.py. */
const keep = process.env.KEEP_GGUF;

const forms: readonly GgufForm[] = ['f16', 'bf16', 'q8_0'];
const facts = { name: 'tiny', licence: 'apache-2.0', baseModels: ['owner/base-0.5B', 'made here'] };

async function written(model: OutgoingModel, form: GgufForm, name = 'tiny'): Promise<Uint8Array<ArrayBuffer>> {
  const sink = memorySink();
  const { file, bytes } = await writeGguf(sink, model, form, { ...facts, name });
  expect([...sink.files.keys()]).toEqual([file]);
  const found = new Uint8Array(await sink.files.get(file)!.arrayBuffer());
  expect(found.length).toBe(bytes);
  return found;
}

async function bytesOf(model: OutgoingModel, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of model.tensors.find((tensor) => tensor.name === name)!.pieces()) pieces.push(piece.slice());
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** The weights of a tensor that was written as F32, F16 or BF16. */
function values({ tensors }: ReadGguf, name: string): number[] {
  const { type, bytes } = tensors.get(name)!;
  const single = (bits: number) => new Float32Array(Int32Array.of(bits).buffer)[0]!;
  if (type === 0) return [...new Float32Array(bytes.slice().buffer)];
  const bits = [...new Uint16Array(bytes.slice().buffer)];
  return bits.map((half) => single(type === 1 ? halfToSingle(half) : half << 16));
}

const bf16Values = (bytes: Uint8Array) =>
  [...new Uint16Array(bytes.slice().buffer)].map((half) => new Float32Array(Int32Array.of(half << 16).buffer)[0]!);

it.each(ggufModelNames)('%s: every tensor is there once, in its type, with its weights', async (name) => {
  const model = await ggufModel(name);
  for (const form of forms) {
    const file = await written(model, form, name);
    const read = readGguf(file);
    expect(read.leftOver).toBe(0);
    expect(read.tensors.size).toBe(model.tensors.length + (name === 'llama3' ? 1 : 0));
    expect(read.tensors.has('output.weight')).toBe(!model.config.tied);
    if (keep) await leave(keep, name, form, file);
  }
});

async function leave(folder: string, name: GgufModelName, form: GgufForm, file: Uint8Array): Promise<void> {
  const at = join(folder, name);
  mkdirSync(at, { recursive: true });
  for (const source of ggufFolder(name).files)
    writeFileSync(join(at, source.name), new Uint8Array(await source.arrayBuffer()));
  writeFileSync(join(at, `${name}-${form.toUpperCase()}.gguf`), file);
}

it('says what the model is', async () => {
  const { metadata } = readGguf(await written(await ggufModel('llama3'), 'q8_0'));
  const found = Object.fromEntries([...metadata].filter(([key]) => !key.startsWith('tokenizer.')));
  expect(found).toEqual({
    'general.architecture': 'llama',
    'general.type': 'model',
    'general.name': 'tiny',
    'general.license': 'apache-2.0',
    'general.base_model.count': 2,
    'general.base_model.0.name': 'base-0.5B',
    'general.base_model.0.organization': 'owner',
    'general.base_model.0.repo_url': 'https://huggingface.co/owner/base-0.5B',
    'general.base_model.1.name': 'made here',
    'llama.vocab_size': 70,
    'llama.context_length': 256,
    'llama.embedding_length': 24,
    'llama.block_count': 2,
    'llama.feed_forward_length': 45,
    'llama.attention.head_count': 8,
    'llama.attention.head_count_kv': 1,
    'llama.attention.key_length': 64,
    'llama.attention.value_length': 64,
    'llama.attention.layer_norm_rms_epsilon': Math.fround(1e-6),
    'llama.rope.dimension_count': 64,
    'llama.rope.freq_base': 500000,
    'general.file_type': 7,
    'general.quantization_version': 2,
  });
});

it('keeps norms and biases in f32, and matrices in the form, where their rows are whole blocks', async () => {
  const student = readGguf(await written(await ggufModel('student'), 'q8_0')).tensors;
  expect(student.get('token_embd.weight')).toMatchObject({ dimensions: [128, 608], type: 8 });
  expect(student.get('blk.2.ffn_down.weight')).toMatchObject({ dimensions: [256, 128], type: 8 });
  expect(student.get('blk.0.attn_q.bias')).toMatchObject({ dimensions: [128], type: 0 });
  expect(student.get('output_norm.weight')).toMatchObject({ dimensions: [128], type: 0 });
  // 24 and 45 weights in a row are no whole blocks; 512 are.
  const llama = readGguf(await written(await ggufModel('llama3'), 'q8_0')).tensors;
  expect(llama.get('blk.0.attn_q.weight')).toMatchObject({ dimensions: [24, 512], type: 1 });
  expect(llama.get('blk.0.ffn_down.weight')).toMatchObject({ dimensions: [45, 24], type: 1 });
  expect(llama.get('blk.0.attn_output.weight')).toMatchObject({ dimensions: [512, 24], type: 8 });
  expect(readGguf(await written(await ggufModel('qwen3'), 'bf16')).tensors.get('output_norm.weight')!.type).toBe(0);
});

it('keeps every weight: bf16 as it is, f32 exactly', async () => {
  const model = await ggufModel('qwen3');
  const read = readGguf(await written(model, 'bf16'));
  const pairs = [
    ['model.embed_tokens.weight', 'token_embd.weight'],
    ['model.layers.1.self_attn.q_proj.weight', 'blk.1.attn_q.weight'],
    ['model.layers.1.self_attn.k_norm.weight', 'blk.1.attn_k_norm.weight'],
    ['model.layers.0.post_attention_layernorm.weight', 'blk.0.ffn_norm.weight'],
  ] as const;
  for (const [name, ggufName] of pairs) expect(values(read, ggufName)).toEqual(bf16Values(await bytesOf(model, name)));
  expect(values(read, 'blk.1.attn_q.weight')).not.toEqual(values(read, 'blk.0.attn_q.weight'));
});

/** Row by row, as `LlamaModel.permute` of llama.cpp's converter: reshape [heads, 2, half, …], swap the middle two. */
function permuted(weights: readonly number[], rows: number, headDim: number): number[] {
  const [width, half] = [weights.length / rows, headDim / 2];
  const to: number[] = [];
  for (let head = 0; head < rows / headDim; head++) {
    for (let i = 0; i < half; i++) {
      for (let side = 0; side < 2; side++) {
        const row = head * headDim + side * half + i;
        to.push(...weights.slice(row * width, (row + 1) * width));
      }
    }
  }
  return to;
}

it.each(['smollm', 'llama3'] as const)(
  '%s: rows of queries and keys are in llama.cpp’s order, and no others',
  async (name) => {
    const model = await ggufModel(name);
    const { headDim } = model.config;
    const read = readGguf(await written(model, 'bf16'));
    const moved = [
      ['q_proj.weight', 'attn_q.weight'],
      ['k_proj.weight', 'attn_k.weight'],
      ...(name === 'smollm' ? [['q_proj.bias', 'attn_q.bias'] as const, ['k_proj.bias', 'attn_k.bias'] as const] : []),
    ] as const;
    for (const [projection, ggufName] of moved) {
      const tensor = `model.layers.1.self_attn.${projection}`;
      const rows = model.tensors.find((one) => one.name === tensor)!.shape[0]!;
      const before = bf16Values(await bytesOf(model, tensor));
      expect(values(read, `blk.1.${ggufName}`)).toEqual(permuted(before, rows, headDim));
      expect(values(read, `blk.1.${ggufName}`)).not.toEqual(before);
    }
    const still = bf16Values(await bytesOf(model, 'model.layers.1.self_attn.v_proj.weight'));
    expect(values(read, 'blk.1.attn_v.weight')).toEqual(still);
  },
);

it('has the factors of Llama 3’s positions, and none for unscaled ones', async () => {
  const read = readGguf(await written(await ggufModel('llama3'), 'f16'));
  const factors = values(read, 'rope_freqs.weight');
  // Wavelengths 2π · 500000^(i/32): below 32/4 they stay, above 32 they are four times as long.
  expect([factors.length, factors[0], factors[31]]).toEqual([32, 1, 4]);
  const between = 2 * Math.PI * 500000 ** (2 / 32);
  const smooth = (32 / between - 1) / 3;
  expect(factors[2]).toBeCloseTo(1 / ((1 - smooth) / 4 + smooth), 6);
  expect(readGguf(await written(await ggufModel('smollm'), 'f16')).tensors.has('rope_freqs.weight')).toBe(false);
});

it.each(forms)('%s: small odd pieces in memory that is used again make the same file', async (form) => {
  for (const name of ['llama3', 'student'] as const) {
    const [small, whole] = [
      await written(await ggufModel(name, 101), form),
      await written(await ggufModel(name), form),
    ];
    expect(Buffer.compare(small, whole)).toBe(0);
    whole[whole.length - 33]! ^= 1;
    expect(Buffer.compare(small, whole)).not.toBe(0);
  }
});

it('rounds as Python’s gguf does, bit for bit', async () => {
  const made: Record<'bf16' | 'f16' | 'q8_0', string> = JSON.parse(
    readFileSync(join(import.meta.dirname, '../fixtures/gguf/quants.json'), 'utf8'),
  );
  for (const form of ['f16', 'q8_0', 'bf16'] as const) {
    const weights = Uint8Array.from(Buffer.from(made.bf16, 'hex'));
    const { tensors } = readGguf(await written(await withEmbedding(weights), form));
    expect(Buffer.from(tensors.get('token_embd.weight')!.bytes).toString('hex')).toBe(made[form]);
  }
});

/** A model with another embedding, of 32 weights a row. */
async function withEmbedding(weights: Uint8Array<ArrayBuffer>): Promise<OutgoingModel> {
  const model = await ggufModel('qwen3');
  const pieces = async function* () {
    yield weights;
  };
  const [first, ...others] = model.tensors;
  return { ...model, tensors: [{ ...first!, shape: [weights.length / 64, 32], pieces }, ...others] };
}

it('refuses what F16 cannot hold, and leaves no half file', async () => {
  const weights = new Uint16Array(70 * 32).fill(0x3f80);
  // 65536, one of f16's steps beyond its largest.
  weights[1000] = 0x4780;
  const model = await withEmbedding(new Uint8Array(weights.buffer));
  const sink = memorySink();
  const detail = { tensor: 'model.embed_tokens.weight', form: 'F16' };
  await expect(writeGguf(sink, model, 'f16', facts)).rejects.toMatchObject({ code: 'gguf-overflow', detail });
  expect(sink.files.size).toBe(0);
  // A block's scale is 127 times smaller; but an infinite weight has none.
  await writeGguf(sink, model, 'q8_0', facts);
  weights[1000] = 0x7f80;
  await expect(writeGguf(sink, model, 'q8_0', facts)).rejects.toMatchObject({ code: 'gguf-overflow' });
  weights[1000] = 0xffc0;
  await expect(writeGguf(sink, model, 'q8_0', facts)).rejects.toMatchObject({ code: 'gguf-overflow' });
  await writeGguf(sink, model, 'bf16', facts);
  expect([...sink.files.keys()]).toEqual(['tiny-Q8_0.gguf', 'tiny-BF16.gguf']);
});

it('knows its size before it reads a weight, and tells every byte', async () => {
  const model = await ggufModel('student');
  const unread = {
    ...model,
    tensors: model.tensors.map((tensor) => ({
      ...tensor,
      pieces: () => {
        throw new Error('read');
      },
    })),
  };
  const plan = await planGguf(unread, 'q8_0', { name: 'Ein Modell/2' });
  expect(plan.file).toBe('Ein-Modell-2-Q8_0.gguf');
  const told: [number, number][] = [];
  const sink = memorySink();
  await writeGguf(sink, model, 'q8_0', { name: 'Ein Modell/2' }, (bytes, total) => told.push([bytes, total]));
  expect(sink.files.get(plan.file)!.size).toBe(plan.bytes);
  expect(told.at(-1)![0]).toBe(told.at(-1)![1]);
  expect(told.map(([bytes]) => bytes)).toEqual(told.map(([bytes]) => bytes).toSorted((a, b) => a - b));
});

it('gives up a file that cannot be written to its end, or whose weights are too few', async () => {
  let aborted = 0;
  const full: Sink = {
    create: async () => ({
      write: async () => {
        throw new Error('no room left');
      },
      close: async () => {},
      abort: async () => {
        aborted += 1;
      },
    }),
  };
  await expect(writeGguf(full, await ggufModel('qwen3'), 'f16', facts)).rejects.toThrow('no room left');
  expect(aborted).toBe(1);
  const model = await withEmbedding(new Uint8Array(64 * 70));
  const [first, ...others] = model.tensors;
  const longer = { ...model, tensors: [{ ...first!, shape: [71, 32] }, ...others] };
  await expect(writeGguf(memorySink(), longer, 'f16', facts)).rejects.toThrow('bytes were written');
});

it('refuses what llama.cpp cannot load', async () => {
  const model = await ggufModel('qwen3');
  const refused = (reason: string) => ({
    code: 'gguf-architecture',
    detail: { reason: expect.stringContaining(reason) },
  });
  const other = { ...model, config: { ...model.config, architecture: 'OtherForCausalLM' } };
  await expect(planGguf(other, 'f16', facts)).rejects.toMatchObject(refused('does not know'));
  const biased = { ...model, config: { ...model.config, biases: ['o_proj'] as const } };
  await expect(planGguf(biased, 'f16', facts)).rejects.toMatchObject(refused('no bias for o_proj'));
  await expect(planGguf(await ggufModel('narrow'), 'f16', facts)).rejects.toMatchObject(refused('14 heads of 2'));
});
