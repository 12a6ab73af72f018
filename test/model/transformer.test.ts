/** The whole model against PyTorch, Transformers and PEFT: logits, losses, every gradient, merged weights, decoding. */
import { describe, expect, it } from 'vitest';
import { packBatch } from '../../src/engine/data/batches';
import { GpuRecorder } from '../../src/engine/gpu/recorder';
import { download } from '../../src/engine/gpu/transfer';
import { generate } from '../../src/engine/model/generate';
import * as head from '../../src/engine/model/head';
import { mergeAdapter } from '../../src/engine/model/lora';
import { projections } from '../../src/engine/model/projections';
import { projectionName } from '../../src/engine/model/weights';
import { packBf16 } from '../support/bf16';
import { expectClose, relativeError, tolerance } from '../support/compare';
import { bench, eachFlavour } from '../support/gpu';
import { everyPosition, labelLogits } from '../support/logits';
import { normals } from '../support/random';
import { roundingAdapter } from '../support/rounding';
import { tinyAdapter, tinyModel } from '../support/tinyModel';
import { goldenAdapter, goldenRows, goldenScalars, goldenTensor, mergedWeights } from './goldens';

const rows = goldenRows.map(({ prompt, answer }) => ({
  prompt: Uint32Array.from(prompt),
  answer: Uint32Array.from(answer),
}));

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe.each(eachFlavour([['teacher'], ['student']] as const))('%s: tiny %s against PyTorch', (flavour, kind) => {
  it('logits of packed rows behind their shared prefix', async () => {
    const b = await bench(flavour);
    const model = await tinyModel(b.gpu, b.arena, kind);
    const logits = await labelLogits(b, model, rows.slice(0, goldenScalars.logitRows));
    const expected = goldenTensor(`${kind}.logits.labels`).data;
    expect(largestDifference(logits, expected)).toBeLessThan(tolerance.logits);
    // Negative control: other rows have other logits.
    const others = await labelLogits(b, model, rows.slice(4, 4 + goldenScalars.logitRows));
    expect(relativeError(others.slice(0, 100), expected.slice(0, 100))).toBeGreaterThan(1e-2);
  });

  it('logits of every position, base, with adapter and merged', async () => {
    const b = await bench(flavour);
    const model = await tinyModel(b.gpu, b.arena, kind);
    const adapter = tinyAdapter(b.gpu, b.arena, model, goldenAdapter(`${kind}.adapter`));
    const merged = { ...model, weights: await mergeAdapter(b.gpu, b.arena, model, adapter) };
    const row = [everyPosition(rows[0]!)];
    const expected = (name: string) => goldenTensor(`${kind}.logits.${name}`).data;
    expect(largestDifference(await labelLogits(b, model, row), expected('row0'))).toBeLessThan(tolerance.logits);
    const adapted = await labelLogits(b, model, row, adapter);
    expect(largestDifference(adapted, expected('adapter.row0'))).toBeLessThan(tolerance.logits);
    const mergedLogits = await labelLogits(b, merged, row);
    expect(largestDifference(mergedLogits, expected('merged.row0'))).toBeLessThan(tolerance.mergedLogits);
    expect(largestDifference(mergedLogits, adapted)).toBeGreaterThan(tolerance.mergedLogits);
  });

  it('an embedding and a head in bands give the same logits, and the same gradient below them', async () => {
    const b = await bench(flavour);
    const run = async (limit?: number) => {
      const model = await tinyModel(b.gpu, b.arena, kind, limit);
      const space = head.allocateHead(b.arena, model.config, 64);
      const { hidden } = model.config;
      const last = b.f32('last', [3, hidden], normals(1, 3 * hidden));
      const dlast = b.f32('dlast', [3, hidden]);
      head.forward(b.rec, model, space, last, { start: 0, rows: 3 });
      // The logits stand for their own gradient.
      head.backward(b.rec, model, space, last, dlast, { start: 0, rows: 3 });
      return { model, logits: await labelLogits(b, model, rows.slice(0, 3)), gradient: await b.read(dlast) };
    };
    const whole = await run();
    const banded = await run(64 * 2 * whole.model.config.hidden);
    expect([whole, banded].map(({ model }) => model.weights.embedding.length)).toEqual([1, kind === 'teacher' ? 4 : 3]);
    expect(banded.logits).toEqual(whole.logits);
    expectClose(banded.gradient, whole.gradient);
  });

  it('merged weights are PEFT’s, rounded once', async () => {
    const b = await bench(flavour);
    const model = await tinyModel(b.gpu, b.arena, kind);
    const adapter = tinyAdapter(b.gpu, b.arena, model, goldenAdapter(`${kind}.adapter`));
    const weights = await mergeAdapter(b.gpu, b.arena, model, adapter);
    let [different, elements] = [0, 0];
    for (const [layer, merged] of weights.layers.entries()) {
      for (const projection of projections) {
        const golden = mergedWeights(kind).get(`${projectionName(layer, projection)}.weight`)!.data;
        const expected = new Uint16Array(packBf16(golden).buffer);
        const words = new Uint16Array(await download(b.gpu, merged[projection].weight));
        elements += golden.length;
        different += expected.filter((value, i) => value !== words[i]).length;
      }
    }
    // f32 sums in another order cross a rounding boundary for one element in tens of thousands.
    expect(different / elements).toBeLessThan(1e-3);
  });

  it('merging is exact but for the rounding: what it took, put back, gives the adapted logits', async () => {
    const b = await bench(flavour);
    const base = await tinyModel(b.gpu, b.arena, kind);
    const adapter = tinyAdapter(b.gpu, b.arena, base, goldenAdapter(`${kind}.adapter`));
    const merged = { ...base, weights: await mergeAdapter(b.gpu, b.arena, base, adapter) };
    const rounding = await roundingAdapter(b.gpu, b.arena, { base, adapter, merged });
    const row = [everyPosition(rows[0]!)];
    const adapted = await labelLogits(b, base, row, adapter);
    expect(largestDifference(await labelLogits(b, merged, row, rounding), adapted)).toBeLessThan(tolerance.logits);
    expect(largestDifference(await labelLogits(b, merged, row), adapted)).toBeGreaterThan(10 * tolerance.logits);
  });

  it('continues greedily as Transformers does, from a cache with a shared prefix', async () => {
    const b = await bench(flavour);
    const model = await tinyModel(b.gpu, b.arena, kind);
    const adapter = tinyAdapter(b.gpu, b.arena, model, goldenAdapter(`${kind}.adapter`));
    const { continuations } = goldenScalars[kind];
    const prompts = rows.slice(0, continuations.free.length).map((row) => row.prompt);
    const sampling = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 0 };
    const options = { maxNewTokens: 12, sampling, adapter };
    const free = await generate(b.gpu, model, prompts, { ...options, endTokens: [0xfffffff0] });
    expect(free.map((ids) => [...ids])).toEqual(continuations.free.map((row) => row.tokens));
    const { endToken } = continuations;
    const { answers: stopped, rows: decoded } = await watched(() =>
      generate(b.gpu, model, prompts, { ...options, endTokens: [endToken] }),
    );
    // Transformers leaves the end token in the answer, the studio does not.
    const expected = continuations.stopped.map((ids) => ids.filter((id) => id !== endToken));
    expect(stopped.map((ids) => [...ids])).toEqual(expected);
    // Those that have ended are not computed any longer.
    expect(decoded[0]).toBe(prompts.length);
    expect(decoded.at(-1)).toBe(stopped.filter((ids) => ids.length === 12).length);
  });
});

/** What `work` gives, and how many rows each of its decoding steps chose a token for. */
async function watched<T>(work: () => Promise<T>): Promise<{ answers: T; rows: number[] }> {
  const rows: number[] = [];
  const { dispatch } = GpuRecorder.prototype;
  GpuRecorder.prototype.dispatch = function (what) {
    if (what.stem === 'sample') rows.push(what.grid[0]);
    dispatch.call(this, what);
  };
  try {
    return { answers: await work(), rows };
  } finally {
    GpuRecorder.prototype.dispatch = dispatch;
  }
}

it('samples by seed: the same twice, another for another seed, greedy when only one token is left', async () => {
  const b = await bench();
  const model = await tinyModel(b.gpu, b.arena, 'student');
  const prompts = rows.slice(0, 6).map((row) => row.prompt);
  const draw = async (seed: number, topK: number, temperature = 1) => {
    const sampling = { temperature, topK, topP: 1, repetitionPenalty: 1, seed };
    const answers = await generate(b.gpu, model, prompts, { maxNewTokens: 6, endTokens: [0xfffffff0], sampling });
    return answers.map((ids) => [...ids]);
  };
  expect(await draw(1, 0)).toEqual(await draw(1, 0));
  expect(await draw(2, 0)).not.toEqual(await draw(1, 0));
  expect(await draw(3, 1)).toEqual(await draw(0, 0, 0));
});

/** What comes before the first of these tokens. */
function until(ids: readonly number[], endTokens: readonly number[]): readonly number[] {
  const end = ids.findIndex((id) => endTokens.includes(id));
  return end < 0 ? ids : ids.slice(0, end);
}

it('samples an answer that depends on no other: which have ended, and how many are asked for at once', async () => {
  const b = await bench();
  const model = await tinyModel(b.gpu, b.arena, 'student');
  const prompts = rows.slice(0, 8).map((row) => row.prompt);
  const sampling = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, seed: 4 };
  const draw = async (asked: typeof prompts, endTokens: readonly number[]) => {
    const answers = await generate(b.gpu, model, asked, { maxNewTokens: 24, endTokens, sampling });
    return answers.map((ids) => [...ids]);
  };
  const free = await draw(prompts, [0xfffffff0]);
  // What three of them say soon ends these.
  const endTokens = [free[0]![1]!, free[1]![2]!, free[2]![3]!];
  const expected = free.map((ids) => until(ids, endTokens));
  const { answers, rows: decoded } = await watched(() => draw(prompts, endTokens));
  expect(answers).toEqual(expected);
  // Rows were dropped again and again, and the others went on in their places.
  expect(new Set(decoded).size).toBeGreaterThan(2);
  expect(await draw(prompts.slice(0, 3), [0xfffffff0])).toEqual(free.slice(0, 3));
});

it('a packed batch gives what its rows give one by one', async () => {
  const b = await bench();
  const model = await tinyModel(b.gpu, b.arena, 'teacher');
  const some = rows.slice(0, 5);
  const packed = await labelLogits(b, model, some);
  const single: number[] = [];
  for (const row of some) single.push(...(await labelLogits(b, model, [row])));
  expectClose(packed, single);
  expect(packBatch(some).prefix).toBeGreaterThan(0);
});
