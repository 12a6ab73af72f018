/** Every family and every kind of size against Transformers and PEFT in float64: logits, merged weights, written shards. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packBatch } from '../../src/engine/data/batches';
import { openModelFolder } from '../../src/engine/formats/huggingface';
import { writeCheckpoint } from '../../src/engine/formats/shards';
import { memorySink } from '../../src/engine/formats/sink';
import { download } from '../../src/engine/gpu/transfer';
import { allocateBatch, passOver, uploadBatch } from '../../src/engine/model/batch';
import * as head from '../../src/engine/model/head';
import { mergeAdapter } from '../../src/engine/model/lora';
import { projections } from '../../src/engine/model/projections';
import { outgoingTensors } from '../../src/engine/model/saving';
import * as transformer from '../../src/engine/model/transformer';
import { loadWeights, type Model, projectionName } from '../../src/engine/model/weights';
import { allocateWorkspace } from '../../src/engine/model/workspace';
import { packBf16 } from '../support/bf16';
import { largestDifference, relativeError, tolerance } from '../support/compare';
import { familyFolder, familyGoldens, familyNames } from '../support/family';
import { type Bench, bench } from '../support/gpu';
import { adapterOf, modelOf } from '../support/tinyModel';

/** Where the merged shards are left for test/fixtures/family/read_merged.py. */
const keep = process.env.KEEP_MERGED;

/** [ids, vocabulary]: the logits at every position. */
async function logitsOf(b: Bench, model: Model, ids: Uint32Array): Promise<Float32Array> {
  const batch = packBatch([{ prompt: ids.slice(0, 1), answer: Uint32Array.from([...ids.slice(1), 0]) }]);
  const tensors = allocateBatch(b.arena, batch.tokens, batch.labels + 64);
  const sizes = { maxTokens: batch.tokens, maxPicked: batch.labels, maxPositions: batch.tokens, rank: 0 };
  const space = allocateWorkspace(b.arena, model.config, sizes, false);
  const logits = head.allocateHead(b.arena, model.config, 128);
  uploadBatch(b.gpu, tensors, batch);
  transformer.forward(b.rec, model, space, { ...passOver(batch, tensors), picked: undefined });
  head.forward(b.rec, model, logits, space.last, { start: 0, rows: batch.labels });
  return (await b.read(logits.logits)).slice(0, batch.labels * model.config.vocabulary);
}

describe.each(familyNames)('%s', (name) => {
  it.each(['software', 'hardware'] as const)(
    'has PyTorch’s logits at every position of a long row, %s',
    async (flavour) => {
      const b = await bench(flavour);
      const { ids, tensor } = await familyGoldens(name);
      const model = await modelOf(b.gpu, b.arena, familyFolder(name));
      const found = await logitsOf(b, model, ids);
      const expected = tensor('logits');
      expect(largestDifference(found, expected)).toBeLessThan(tolerance.logits);
      const { vocabulary } = model.config;
      const next = expected.map((_, i) => expected[(i + vocabulary) % expected.length]!);
      expect(relativeError(found, next)).toBeGreaterThan(0.1);
    },
  );

  it('merges to PEFT’s weights, rounded once', async () => {
    const b = await bench();
    const { facts, group, merged } = await familyGoldens(name);
    const model = await modelOf(b.gpu, b.arena, familyFolder(name));
    const weights = await mergeAdapter(
      b.gpu,
      b.arena,
      model,
      adapterOf(b.gpu, b.arena, model, facts.lora, group('final')),
    );
    const golden = await merged();
    let [different, unmerged, elements] = [0, 0, 0];
    for (const [layer, projection] of model.weights.layers.flatMap((_, l) => projections.map((p) => [l, p] as const))) {
      const exact = golden.get(`${projectionName(layer, projection)}.weight`)!;
      const wanted = halves(packBf16(exact).buffer, exact.length);
      const found = halves(await download(b.gpu, weights.layers[layer]![projection].weight), exact.length);
      const before = halves(await download(b.gpu, model.weights.layers[layer]![projection].weight), exact.length);
      elements += exact.length;
      different += wanted.filter((value, i) => value !== found[i]).length;
      unmerged += wanted.filter((value, i) => value !== before[i]).length;
      // Where f32 crosses a boundary that float64 does not, it is by one unit in the last place.
      expect(Math.max(...wanted.map((value, i) => Math.abs(value - found[i]!)))).toBeLessThanOrEqual(1);
    }
    // f32 sums cross a rounding boundary for one element in tens of thousands.
    expect(different / elements).toBeLessThan(2e-4);
    expect(unmerged / elements).toBeGreaterThan(0.1);
  });

  it('merged shards, written and opened as a folder, have the logits of Transformers’ merged model', async () => {
    const b = await bench();
    const { ids, facts, group, tensor } = await familyGoldens(name);
    const model = await modelOf(b.gpu, b.arena, familyFolder(name));
    const adapter = adapterOf(b.gpu, b.arena, model, facts.lora, group('final'));
    const sink = memorySink();
    await writeCheckpoint(sink, outgoingTensors(b.gpu, model, adapter), 8_000);
    expect(sink.files.size).toBeGreaterThan(2);
    const small = { 'config.json': readFileSync(join(familyFolder(name), 'config.json')) };
    const files = [
      ...Object.entries(small),
      ['tokenizer.json', '{}'] as const,
      ['tokenizer_config.json', '{}'] as const,
    ]
      .map(([file, content]) => new File([content], file))
      .concat([...sink.files].map(([file, content]) => new File([content], file)));
    const folder = await openModelFolder({ kind: 'files', name, files });
    const written: Model = { config: folder.config, weights: await loadWeights(b.gpu, b.arena, folder) };
    const expected = tensor('mergedLogits');
    const { vocabulary } = folder.config;
    const found = await logitsOf(b, written, ids);
    const start = found.slice(0, expected.length);
    expect(largestDifference(start, expected)).toBeLessThan(tolerance.mergedLogits);
    const base = (await logitsOf(b, model, ids)).slice(0, expected.length);
    expect(largestDifference(base, expected)).toBeGreaterThan(10 * tolerance.mergedLogits);
    if (keep !== undefined) await leave(join(keep, name), files, { ids: [...ids], vocabulary, logits: [...found] });
  });
});

function halves(words: ArrayBuffer, count: number): Uint16Array {
  return new Uint16Array(words, 0, count);
}

async function leave(folder: string, files: readonly File[], ours: object): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const file of files.filter(({ name }) => !name.startsWith('tokenizer')))
    writeFileSync(join(folder, file.name), new Uint8Array(await file.arrayBuffer()));
  writeFileSync(join(folder, 'ours.json'), JSON.stringify(ours));
}
