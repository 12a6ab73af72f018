/** What an ONNX file says, read back by field numbers; where the weights lie; what is refused before anything is written. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formFacts, type OnnxForm } from '../../src/engine/formats/onnx/forms';
import { withTransformersJs } from '../../src/engine/formats/onnx/transformersJs';
import { onnxBytes, writeOnnx } from '../../src/engine/formats/onnx/write';
import type { OutgoingModel } from '../../src/engine/formats/outgoing';
import { memorySink } from '../../src/engine/formats/sink';
import { parseConfig } from '../../src/engine/model/config';
import { packBf16 } from '../support/bf16';
import { demoModel } from '../support/demoPair';
import { familyFolder } from '../support/family';
import { bareFolder, onnxFiles, version } from '../support/onnx';
import { readOnnx } from '../support/onnxProto';
import { outgoingFolder } from '../support/outgoing';

const forms = ['fp32', 'fp16', 'q4'] as const satisfies readonly OnnxForm[];
const family = (name: 'qwen3' | 'llama3' | 'smollm' | 'narrow') => outgoingFolder(bareFolder(name, familyFolder(name)));
const shape = (name: string) => {
  const path = join(import.meta.dirname, `../fixtures/qwen2.5/config-${name}-Instruct.json`);
  return parseConfig(JSON.parse(readFileSync(path, 'utf8')));
};

async function read(model: OutgoingModel, form: OnnxForm, most?: number) {
  const { files, written } = await onnxFiles(model, form, most);
  const name = `model${formFacts[form].suffix}.onnx`;
  return { files, written, onnx: readOnnx(files.get(name)!) };
}

describe('the graph', () => {
  it('names what transformers.js asks for', async () => {
    const { onnx } = await read(await outgoingFolder(demoModel('student')), 'fp16');
    expect(onnx.producer).toEqual(['distillery', version]);
    expect(onnx.description).toContain('3 layers of 128, 4 heads on 2, 608 tokens, head tied to the embedding');
    expect(onnx.opsets).toEqual({ '': 23, 'com.microsoft': 1 });
    expect(onnx.inputs.slice(0, 4)).toEqual([
      { name: 'input_ids', type: 7, shape: ['batch_size', 'sequence_length'] },
      { name: 'attention_mask', type: 7, shape: ['batch_size', 'total_sequence_length'] },
      { name: 'num_logits_to_keep', type: 7, shape: [] },
      { name: 'past_key_values.0.key', type: 10, shape: ['batch_size', 2, 'past_sequence_length', 32] },
    ]);
    expect(onnx.outputs[0]).toEqual({ name: 'logits', type: 1, shape: ['batch_size', 'logits_length', 608] });
    expect(onnx.outputs.at(-1)!.name).toBe('present.2.value');
    expect(onnx.nodes.map(({ name }) => name)).toContain('/model/layers.0/attn/q_proj/Gemm');
  });

  it.each(forms)('computes nothing from what does not exist, and names everything once, %s', async (form) => {
    const { onnx } = await read(await family('qwen3'), form);
    const broken = { ...onnx, nodes: onnx.nodes.slice(1) };
    expect(dangling(onnx)).toEqual([]);
    expect(dangling(broken)).toHaveLength(1);
    const made = [...onnx.tensors, ...onnx.inputs].map(({ name }) => name);
    const names = [...made, ...onnx.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ''))];
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(onnx.nodes.map(({ name }) => name)).size).toBe(onnx.nodes.length);
  });

  it('has the norms of heads and the biases of the architecture, and no other', async () => {
    const [qwen3, smollm] = [await read(await family('qwen3'), 'fp32'), await read(await family('smollm'), 'fp32')];
    const ops = (read: typeof qwen3, op: string) => read.onnx.nodes.filter((node) => node.op === op);
    // The first norm of the model, then two of heads in each of two layers.
    expect(ops(qwen3, 'RMSNormalization')).toHaveLength(5);
    expect(ops(smollm, 'RMSNormalization')).toHaveLength(1);
    expect(ops(qwen3, 'Gemm').filter(({ inputs }) => inputs.length === 3)).toHaveLength(0);
    expect(ops(smollm, 'Gemm').filter(({ inputs }) => inputs.length === 3)).toHaveLength(14);
  });
});

/** Inputs of nodes that nothing before them makes. */
function dangling({ nodes, tensors, inputs }: ReturnType<typeof readOnnx>): string[] {
  const made = new Set([...tensors, ...inputs].map(({ name }) => name));
  return nodes.flatMap((node) => {
    const missing = node.inputs.filter((name) => name !== '' && !made.has(name));
    for (const output of node.outputs) made.add(output);
    return missing;
  });
}

describe('the weights', () => {
  it.each(forms)('lie one after the other in files of at most so many bytes, %s', async (form) => {
    const most = 6000;
    const { files, onnx, written } = await read(await family('llama3'), form, most);
    const outside = onnx.tensors.filter(({ external }) => external);
    const suffix = formFacts[form].suffix;
    const names = written.files.map(({ path }) => path.replace(`onnx/model${suffix}.onnx`, '*'));
    expect(names.length).toBeGreaterThan(3);
    expect(names).toEqual(['*_data', ...names.slice(2).map((_, i) => `*_data_${i + 1}`), '*']);
    for (const [name, bytes] of files) {
      const own = outside.filter(({ file }) => file === name).sort((a, b) => a.offset - b.offset);
      for (const [i, { offset, bytes }] of own.entries())
        expect(offset + bytes).toBeLessThanOrEqual(own[i + 1]?.offset ?? Infinity);
      if (own.length > 0) expect(own.at(-1)!.offset + own.at(-1)!.bytes).toBe(bytes.length);
      // A tensor that is larger has a file of its own; in q4, one with its scales and zero points.
      if (own.length > 3) expect(bytes.length).toBeLessThanOrEqual(most);
    }
  });

  it('of a tied head are written once; a head of its own is written too', async () => {
    const tied = (await read(await family('qwen3'), 'fp32')).onnx.tensors.map(({ name }) => name);
    expect(tied).toContain('model.embed_tokens.weight');
    expect(tied).not.toContain('lm_head.weight');
    expect((await read(await family('llama3'), 'fp32')).onnx.tensors.map(({ name }) => name)).toContain(
      'lm_head.weight',
    );
  });

  it.each(forms)('are told as they are written, and their bytes before, %s', async (form) => {
    const model = await family('smollm');
    const told: [number, number][] = [];
    const sink = memorySink();
    const written = await writeOnnx(sink, model, form, (...bytes) => told.push(bytes), { version });
    const sizes = [...sink.files.values()].map(({ size }) => size);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(written.files.map(({ bytes }) => bytes)).toEqual(sizes);
    expect(onnxBytes(model.config, form, { version })).toBe(total);
    expect(told.at(-1)).toEqual([total, total]);
    expect(told.every(([bytes], i) => bytes > (told[i - 1]?.[0] ?? 0))).toBe(true);
    expect(onnxBytes(model.config, form, { version: `${version}1` })).toBe(total + 1);
  });

  it('of the real shapes take the bytes that their types have', () => {
    // 494 M weights, and two tables of 32,768 positions.
    expect(onnxBytes(shape('Qwen2.5-0.5B'), 'fp16', { version }) / 2).toBeCloseTo(494_032_768 + 2 * 32_768 * 32, -6);
    const [half, four] = (['fp16', 'q4'] as const).map((form) => onnxBytes(shape('Qwen2.5-3B'), form, { version }));
    // An embedding of twice the bytes, and 5.1 bits for every weight of a matrix.
    expect(four! / half!).toBeGreaterThan(0.5);
    expect(four! / half!).toBeLessThan(0.55);
  });
});

describe('what cannot be written', () => {
  const refused = async (model: OutgoingModel, form: OnnxForm) => {
    const sink = memorySink();
    const error = await writeOnnx(sink, model, form, () => {}, { version }).then(
      () => undefined,
      (error: { code: string; detail: object }) => error,
    );
    return { error, files: sink.files.size };
  };

  it('heads that the attention does not take are refused before anything is written', async () => {
    const { error, files } = await refused(await family('narrow'), 'fp32');
    expect(error).toMatchObject({ code: 'onnx-head-size', detail: { headDim: 2, step: 16 } });
    expect(files).toBe(0);
    expect((await refused(await family('qwen3'), 'fp32')).error).toBeUndefined();
  });

  it('a tensor that no file can hold is refused; in a shorter form it is not', () => {
    expect(() => onnxBytes(shape('Qwen2.5-7B'), 'fp32', { version })).toThrow(/embed_tokens.weight takes 2.2 GB/);
    expect(onnxBytes(shape('Qwen2.5-3B'), 'fp32', { version })).toBeGreaterThan(12e9);
  });

  it('a weight beyond fp16 is refused by its name and leaves no graph; in fp32 it is kept', async () => {
    const model = await family('qwen3');
    const name = 'model.layers.1.mlp.up_proj.weight';
    const withWeight = (value: number): OutgoingModel => ({
      ...model,
      tensors: model.tensors.map((tensor) =>
        tensor.name === name ? { ...tensor, pieces: () => filled(tensor.shape, value) } : tensor,
      ),
    });
    const { error, files } = await refused(withWeight(-65_536), 'fp16');
    expect(error).toMatchObject({ code: 'onnx-half-range', detail: { tensor: name, value: '-65536' } });
    expect(files).toBe(0);
    expect((await refused(withWeight(65_280), 'fp16')).error).toBeUndefined();
    expect((await refused(withWeight(65_536), 'fp32')).error).toBeUndefined();
    expect((await refused(withWeight(Number.NaN), 'fp16')).error).toMatchObject({ detail: { value: 'NaN' } });
  });

  it('weights that fp16 rounds are counted', async () => {
    const model = await family('qwen3');
    const tensors = model.tensors.map((tensor) => ({ ...tensor, pieces: () => filled(tensor.shape, 2 ** -24) }));
    const [first, ...others] = tensors;
    const small = { ...first!, pieces: () => filled(first!.shape, 1.5 * 2 ** -24) };
    expect((await onnxFiles({ ...model, tensors }, 'fp16')).written.rounded).toBe(0);
    const { written } = await onnxFiles({ ...model, tensors: [small, ...others] }, 'fp16');
    expect(written.rounded).toBe(first!.shape.reduce((a, b) => a * b));
  });
});

async function* filled(shape: readonly number[], value: number) {
  const count = shape.reduce((a, b) => a * b);
  yield new Uint8Array(packBf16(new Float32Array(count).fill(value)).buffer, 0, 2 * count);
}

describe('config.json', () => {
  it('says what transformers.js needs, and keeps what it said', async () => {
    const model = await family('qwen3');
    const written = await Promise.all(forms.map(async (form) => (await onnxFiles(model, form, 6000)).written));
    const config = {
      hidden_size: 40,
      'transformers.js_config': { device: 'webgpu', use_external_data_format: { 'model_q8.onnx': 1 } },
    };
    const merged = withTransformersJs(config, written);
    const counts = Object.fromEntries(
      written.map(({ form, files }) => [`model${formFacts[form].suffix}.onnx`, files.length - 1]),
    );
    expect(counts['model.onnx']).toBeGreaterThan(counts['model_fp16.onnx']!);
    expect(merged).toEqual({
      hidden_size: 40,
      'transformers.js_config': {
        device: 'webgpu',
        dtype: 'fp32',
        use_external_data_format: { 'model_q8.onnx': 1, ...counts },
        kv_cache_dtype: { fp16: 'float16' },
      },
    });
    expect(withTransformersJs(config, [])).toEqual(config);
  });
});
