import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../src/engine/gpu/tensor';
import { download } from '../../src/engine/gpu/transfer';
import * as op from '../../src/engine/ops/sample';
import * as twin from '../../src/engine/selfTest/reference/sample';
import { type Bench, bench } from '../support/gpu';
import { normals } from '../support/random';

const greedy: twin.Sampling = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, seed: 42 };
const plain: twin.Sampling = { ...greedy, temperature: 1 };
const published: twin.Sampling = { temperature: 0.7, topK: 20, topP: 0.8, repetitionPenalty: 1.1, seed: 42 };
const noEnd = [0xfffffffe];

interface Case {
  readonly logits: Float64Array;
  readonly vocabulary: number;
  readonly histories: readonly (readonly number[])[];
  readonly capacity?: number;
  readonly finished?: readonly number[];
  readonly endTokens?: readonly number[];
  /** Those of `streamOf` when left out. */
  readonly streams?: readonly number[];
}

/** Not the row itself, which a kernel could take by mistake. */
const streamOf = (row: number) => 3 * row + 1;

async function words(b: Bench, tensor: Tensor): Promise<number[]> {
  return Array.from(new Uint32Array(await download(b.gpu, tensor)));
}

/** One decoding step on the GPU. */
async function run(c: Case, sampling: twin.Sampling, step = 0) {
  const b = await bench();
  const rows = c.histories.length;
  const capacity = c.capacity ?? 8;
  const flat = c.histories.flatMap((h) => [...h, ...new Array<number>(capacity - h.length).fill(0)]);
  const state = {
    history: b.u32('history', flat),
    lengths: b.u32(
      'lengths',
      c.histories.map((h) => h.length),
    ),
    finished: b.u32('finished', c.finished ?? new Array<number>(rows).fill(0)),
    next: b.u32('next', new Array<number>(rows).fill(77)),
    streams: b.u32('streams', c.streams ?? c.histories.map((_, row) => streamOf(row))),
  };
  const logits = b.f32('logits', [rows, c.vocabulary], c.logits);
  const input = { ...state, logits, vocabulary: c.vocabulary, rows, capacity, endTokens: c.endTokens ?? noEnd };
  op.forward(b.rec, { ...input, step, sampling });
  await b.rec.submit();
  return {
    next: await words(b, state.next),
    finished: await words(b, state.finished),
    lengths: await words(b, state.lengths),
    history: await words(b, state.history),
  };
}

function randomCase(rows: number, vocabulary: number, scale = 2): Case {
  const picks = normals(8, rows * 5, vocabulary).map((value) => Math.floor(Math.abs(value)) % vocabulary);
  const histories = Array.from({ length: rows }, (_, r) => Array.from(picks.subarray(r * 5, r * 5 + 5)));
  // A token that comes twice is penalised once.
  for (const history of histories) history[4] = history[0]!;
  return { logits: normals(3, rows * vocabulary, scale), vocabulary, histories };
}

// f32 probabilities may choose the neighbour when the random number is this close to the boundary between two.
const slack = 1e-5;

function expected(c: Case, sampling: twin.Sampling, row: number, step: number): number[] {
  const logits = c.logits.subarray(row * c.vocabulary, (row + 1) * c.vocabulary);
  return twin.draw(
    twin.penalise(logits, c.histories[row]!, sampling.repetitionPenalty),
    sampling,
    streamOf(row),
    step,
    slack,
  );
}

describe.each([
  [64, 5],
  [37, 99],
  [16, 1423],
  [4, 5003],
  [2, 151_936],
] as const)('sample [%i, %i]', (rows, vocabulary) => {
  const c = randomCase(rows, vocabulary);

  it.each([
    ['greedy', greedy],
    ['greedy with a penalty', { ...greedy, repetitionPenalty: 1.5 }],
    ['the whole distribution', plain],
    ['hot', { ...plain, temperature: 3, seed: 7 }],
    ['top-k', { ...plain, topK: 3 }],
    ['top-p', { ...plain, topP: 0.6 }],
    ['everything', published],
  ] as const)('%s chooses what the twin chooses', async (_name, sampling) => {
    const { next } = await run(c, sampling, 5);
    next.forEach((token, row) => {
      expect(expected(c, sampling, row, 5), `row ${row}`).toContain(token);
    });
    // Negative control: the tokens of the next step are others.
    if (sampling.temperature > 0) {
      expect(next.every((token, row) => expected(c, sampling, row, 6).includes(token))).toBe(false);
    }
  });
});

it('the choice depends on seed, stream and step, and on nothing else', async () => {
  const row = normals(1, 99, 0.1);
  const same: Case = {
    logits: Float64Array.from({ length: 20 * 99 }, (_, i) => row[i % 99]!),
    vocabulary: 99,
    histories: Array.from({ length: 20 }, () => []),
  };
  const { next } = await run(same, plain, 1);
  expect((await run(same, plain, 1)).next).toEqual(next);
  const kept = [2, 3, 11, 19];
  const fewer = { ...same, logits: same.logits.subarray(0, kept.length * 99), histories: kept.map(() => []) };
  expect((await run({ ...fewer, streams: kept.map(streamOf) }, plain, 1)).next).toEqual(kept.map((r) => next[r]));
  expect((await run(same, plain, 2)).next).not.toEqual(next);
  expect((await run(same, { ...plain, seed: 43 }, 1)).next).not.toEqual(next);
  expect(new Set(next).size).toBeGreaterThan(10);
});

describe('the drawn distribution', () => {
  const [rows, vocabulary] = [2000, 11];
  const row = normals(6, vocabulary);
  row[3] = row[7]!; // equal logits share their probability evenly
  const logits = Float64Array.from({ length: rows * vocabulary }, (_, i) => row[i % vocabulary]!);
  const c: Case = { logits, vocabulary, histories: Array.from({ length: rows }, () => []), capacity: 1 };

  // Σ (drawn − expected)² / expected over the tokens that can be drawn; infinite when another one was.
  function chiSquare(next: readonly number[], sampling: twin.Sampling): { value: number; freedom: number } {
    const kept = twin.distribution(row, sampling);
    if (next.some((token) => !kept.some((k) => k.token === token)))
      return { value: Number.POSITIVE_INFINITY, freedom: 1 };
    const value = kept.reduce((sum, { token, p }) => {
      const drawn = next.filter((n) => n === token).length;
      return sum + (drawn - rows * p) ** 2 / (rows * p);
    }, 0);
    return { value, freedom: kept.length - 1 };
  }

  it.each([
    plain,
    { ...plain, temperature: 0.5 },
    { ...plain, topK: 4 },
    { ...plain, topP: 0.7 },
    { ...plain, temperature: 2, topK: 8, topP: 0.9 },
  ])('is that of the twin for %o', async (sampling) => {
    const { next } = await run(c, sampling);
    const { value, freedom } = chiSquare(next, sampling);
    expect(freedom).toBeGreaterThan(0);
    // Five standard deviations above the mean of a chi-square variable.
    expect(value).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom));
    // Negative control: another temperature does not pass.
    const other = chiSquare(next, { ...sampling, temperature: sampling.temperature * 1.5 });
    expect(other.value).toBeGreaterThan(other.freedom + 5 * Math.sqrt(2 * other.freedom));
  });
});

describe('corner cases', () => {
  const row = (values: readonly number[]): Case => ({
    logits: Float64Array.from(values),
    vocabulary: values.length,
    histories: [[]],
  });

  it('greedy takes the lowest index of equals, −0 and +0 included', async () => {
    expect((await run(row([-1, -0, 0, 0, -2]), greedy)).next).toEqual([1]);
    const wide = new Float64Array(5003).fill(-3);
    for (const at of [4999, 300, 301]) wide[at] = 2;
    expect((await run(row([...wide]), greedy)).next).toEqual([300]);
  });

  it('top-k 1, a tiny top-p and a tiny temperature are greedy', async () => {
    const c = randomCase(16, 99);
    const { next } = await run(c, greedy);
    for (const change of [{ topK: 1 }, { topP: 1e-9 }, { temperature: 1e-4 }]) {
      expect((await run(c, { ...plain, ...change })).next).toEqual(next);
    }
    // Negative control: without them it is not.
    expect((await run(c, plain)).next).not.toEqual(next);
  });

  it('keeps every token that equals the k-th', async () => {
    const rows = 300;
    const logits = Float64Array.from({ length: rows * 5 }, (_, i) => [3, 2, 2, 2, 1][i % 5]!);
    const c: Case = { logits, vocabulary: 5, histories: Array.from({ length: rows }, () => []) };
    const { next } = await run(c, { ...plain, topK: 2, temperature: 5 });
    expect([...new Set(next)].sort()).toEqual([0, 1, 2, 3]);
  });

  it('extreme logits give a token that can be drawn', async () => {
    const spike = Array.from({ length: 99 }, (_, i) => (i === 42 ? 1e4 : -1e4));
    expect((await run(row(spike), published)).next).toEqual([42]);
    const flat = await run(row(new Array<number>(99).fill(-1e4)), published);
    expect(flat.next[0]).toBeLessThan(99);
  });

  it('penalises a token of the history once, also beyond the first 65,536', async () => {
    const wide = new Float64Array(151_936);
    wide[150_000] = 4;
    wide[3] = 3;
    wide[70_000] = 1.9;
    const c: Case = { logits: wide, vocabulary: wide.length, histories: [[150_000, 3, 150_000, 3, 3]] };
    // 4/2 = 2 beats 1.9 and 3/2; penalised twice, 1.9 would win.
    expect((await run(c, { ...greedy, repetitionPenalty: 2 })).next).toEqual([150_000]);
    expect((await run(c, { ...greedy, repetitionPenalty: 2.2 })).next).toEqual([70_000]);
    // A negative logit goes down, not up.
    const negative: Case = { logits: Float64Array.of(-1, -1.5, -9), vocabulary: 3, histories: [[0]] };
    expect((await run(negative, { ...greedy, repetitionPenalty: 2 })).next).toEqual([1]);
  });
});

describe.each([greedy, { ...plain, topK: 1 }])('bookkeeping at temperature $temperature', (sampling) => {
  // Four rows whose most likely tokens are 1, 2, 3, 4.
  const logits = Float64Array.from({ length: 20 }, (_, i) => (i % 5 === Math.floor(i / 5) + 1 ? 9 : 0));
  const histories = [[4], [4, 4], [4, 4, 4], [4]];

  it('appends, ends at end tokens, and leaves finished rows alone', async () => {
    const c: Case = { logits, vocabulary: 5, histories, capacity: 4, finished: [0, 0, 0, 1], endTokens: [0, 3, 2] };
    expect(await run(c, sampling)).toEqual({
      next: [1, 2, 3, 77],
      finished: [0, 1, 1, 1],
      lengths: [2, 2, 3, 1],
      history: [4, 1, 0, 0, 4, 4, 0, 0, 4, 4, 4, 0, 4, 0, 0, 0],
    });
  });

  it('ends a row whose history is full', async () => {
    const c: Case = { logits, vocabulary: 5, histories, capacity: 3, endTokens: [0] };
    const { finished, lengths, history } = await run(c, sampling);
    expect(finished).toEqual([0, 0, 1, 0]);
    expect(lengths).toEqual([2, 3, 3, 2]);
    expect(history).toEqual([4, 1, 0, 4, 4, 2, 4, 4, 4, 4, 4, 0]);
  });
});

it('refuses settings out of range', async () => {
  const c = randomCase(1, 5);
  await expect(run(c, { ...plain, temperature: -1 })).rejects.toThrow('temperature');
  await expect(run(c, { ...plain, topK: 1.5 })).rejects.toThrow('top-k');
  await expect(run(c, { ...plain, topP: 0 })).rejects.toThrow('top-p');
  await expect(run(c, { ...plain, repetitionPenalty: 0 })).rejects.toThrow('penalty');
  await expect(run({ ...c, endTokens: [] }, plain)).rejects.toThrow('end tokens');
});
