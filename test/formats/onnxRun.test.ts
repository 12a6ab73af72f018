/** Written models in a second engine, onnxruntime-web on WebAssembly, against PyTorch’s logits and our own kernels. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { OnnxForm } from '../../src/engine/formats/onnx/forms';
import { loadModel, unload } from '../../src/engine/model/loaded';
import { largestDifference } from '../support/compare';
import { demoModel, demoRecipe, demoTokenRows } from '../support/demoPair';
import { familyFolder, familyGoldens } from '../support/family';
import { dequantized } from '../support/fourBits';
import { bench, testGpu } from '../support/gpu';
import { everyPosition, labelLogits } from '../support/logits';
import { bareFolder, decoderOf, onnxFiles, openOnnx } from '../support/onnx';
import { leaveOnnxFolder } from '../support/onnxFolder';
import { readOnnx } from '../support/onnxProto';
import { outgoingFolder } from '../support/outgoing';

/** Where folders are left for test/fixtures/onnx/check_onnx.py. */
const keep = process.env.KEEP_ONNX;

/** Two engines that round every sum of f32 in their own order. */
const CLOSE = 1e-4;
const forms = ['fp32', 'fp16', 'q4'] as const satisfies readonly OnnxForm[];
const names = ['qwen2', 'qwen3', 'llama3', 'smollm'] as const;
const open = (name: (typeof names)[number], form: OnnxForm, most?: number) =>
  openOnnx(bareFolder(name, familyFolder(name)), form, most);

/** The logits one position further: what a graph that is off by one position would give. */
function shifted(logits: Float32Array, vocabulary: number): Float32Array {
  return logits.map((_, i) => logits[(i + vocabulary) % logits.length]!);
}

const largest = (logits: Float32Array): number => logits.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe.each(names)('%s', (name) => {
  it('has PyTorch’s logits at every position in fp32', async () => {
    const { ids, tensor } = await familyGoldens(name);
    const decoder = await open(name, 'fp32');
    const { logits } = await decoder.run(ids);
    expect(largestDifference(logits, tensor('logits'))).toBeLessThan(CLOSE);
    expect(largestDifference(logits, shifted(tensor('logits'), decoder.config.vocabulary))).toBeGreaterThan(
      1000 * CLOSE,
    );
    await decoder.release();
    if (keep !== undefined) await leaveOnnxFolder(join(keep, name), bareFolder(name, familyFolder(name)), forms);
  });

  it('has them also token by token on the cache, in files of a few kilobytes', async () => {
    const { ids, tensor } = await familyGoldens(name);
    const decoder = await open(name, 'fp32', 5000);
    const { vocabulary } = decoder.config;
    const row = (position: number) => tensor('logits').slice(position * vocabulary, (position + 1) * vocabulary);
    const begun = 7;
    let { logits, cache } = await decoder.run(ids.slice(0, begun));
    expect(largestDifference(logits.slice(-vocabulary), row(begun - 1))).toBeLessThan(CLOSE);
    const early = cache;
    for (let position = begun; position < 20; position++) {
      ({ logits, cache } = await decoder.run(ids.slice(position, position + 1), cache));
      expect(largestDifference(logits, row(position))).toBeLessThan(CLOSE);
    }
    // Several tokens on top of a cache, as in the second turn of a conversation; then on the wrong one.
    ({ logits } = await decoder.run(ids.slice(20, 25), cache));
    expect(largestDifference(logits.slice(-vocabulary), row(24))).toBeLessThan(CLOSE);
    ({ logits } = await decoder.run(ids.slice(20, 25), early));
    expect(largestDifference(logits.slice(-vocabulary), row(24))).toBeGreaterThan(100 * CLOSE);
    await decoder.release();
  });

  it('gives the logits of as many last positions as are asked for', async () => {
    const { ids } = await familyGoldens(name);
    const decoder = await open(name, 'fp32');
    const { vocabulary } = decoder.config;
    const all = (await decoder.run(ids, undefined, 0)).logits;
    expect(all.length).toBe(ids.length * vocabulary);
    for (const keep of [1, 3]) {
      const { logits } = await decoder.run(ids, undefined, keep);
      expect(largestDifference(logits, all.slice(-keep * vocabulary))).toBeLessThan(CLOSE);
      expect(largestDifference(logits, all.slice(0, keep * vocabulary))).toBeGreaterThan(100 * CLOSE);
    }
    await decoder.release();
  });

  it('is off by no more than the rounding of fp16 in fp16', async () => {
    const { ids, tensor } = await familyGoldens(name);
    const decoder = await open(name, 'fp16');
    const { logits } = await decoder.run(ids);
    const apart = largestDifference(logits, tensor('logits'));
    // The weights are exact. What passes through the layers is rounded to 11 bits, half a unit of 2⁻¹⁰ each time; these models
    // of one or two layers are off by 0.6 to 1.2 times that, and twice it is allowed.
    expect(apart).toBeLessThan(2 ** -9 * largest(tensor('logits')));
    expect(apart).toBeGreaterThan(CLOSE);
    await decoder.release();
  });

  it('is in four bits the model of the dequantised weights', async () => {
    const { ids, tensor } = await familyGoldens(name);
    const model = await outgoingFolder(bareFolder(name, familyFolder(name)));
    const four = await decoderOf(model.config, (await onnxFiles(model, 'q4')).files);
    const found = (await four.run(ids)).logits;
    const same = await decoderOf(model.config, await withDequantized(model));
    expect(largestDifference(found, (await same.run(ids)).logits)).toBeLessThan(CLOSE);
    expect(largestDifference(found, tensor('logits'))).toBeGreaterThan(100 * CLOSE);
    await Promise.all([four.release(), same.release()]);
  });
});

/** The fp32 files with the values that the four bits stand for. A tied head is dequantised for itself: it has a tensor of its own. */
async function withDequantized(tied: Awaited<ReturnType<typeof outgoingFolder>>) {
  const embedding = tied.tensors.find(({ name }) => name === 'model.embed_tokens.weight')!;
  const head = tied.config.tied ? [{ ...embedding, name: 'lm_head.weight' }] : [];
  const model = { ...tied, config: { ...tied.config, tied: false }, tensors: [...tied.tensors, ...head] };
  const [plain, four] = [await onnxFiles(model, 'fp32'), await onnxFiles(model, 'q4')];
  const [places, packed] = [readOnnx(plain.files.get('model.onnx')!), readOnnx(four.files.get('model_q4.onnx')!)];
  for (const { name, file, offset, shape } of packed.tensors.filter((tensor) => tensor.name.endsWith('_Q4'))) {
    const place = places.tensors.find((tensor) => `${tensor.name}_Q4` === name)!;
    const [outputs = 0, inputs = 0] = place.shape;
    expect(shape).toEqual([outputs, Math.ceil(inputs / 32), 16]);
    const { values } = dequantized(four.files.get(file)!.slice(offset), outputs, inputs);
    plain.files.get(place.file)!.set(new Uint8Array(values.buffer), place.offset);
  }
  return plain.files;
}

describe('the demo student', () => {
  it('has the logits of our kernels on its own rows', async () => {
    const gpu = await testGpu();
    const loaded = await loadModel(gpu, demoModel('student'));
    const rows = (await demoTokenRows(loaded, demoRecipe(1), 'test')).slice(0, 6).map(everyPosition);
    const b = await bench();
    const decoder = await openOnnx(demoModel('student'), 'fp32');
    const half = await openOnnx(demoModel('student'), 'fp16');
    for (const row of rows) {
      const ids = [...row.prompt, ...row.answer].slice(0, -1);
      const ours = await labelLogits(b, loaded.base, [row]);
      const { logits } = await decoder.run(ids);
      expect(largestDifference(logits, ours)).toBeLessThan(CLOSE);
      expect(largestDifference(logits, shifted(ours, decoder.config.vocabulary))).toBeGreaterThan(1);
      const apart = largestDifference((await half.run(ids)).logits, ours);
      expect(apart).toBeLessThan(2 ** -9 * largest(ours));
      expect(apart).toBeGreaterThan(CLOSE);
    }
    unload(loaded);
    await Promise.all([decoder.release(), half.release()]);
    if (keep !== undefined) await leaveOnnxFolder(join(keep, 'student'), demoModel('student'), forms);
  });
});
