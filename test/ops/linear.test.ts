import { describe, expect, it } from 'vitest';
import { slice } from '../../src/engine/gpu/tensor';
import * as linear from '../../src/engine/ops/linear';
import * as twin from '../reference/linear';
import { dropoutMask } from '../reference/lora';
import { roundBf16 } from '../support/bf16';
import { expectClose, relativeError } from '../support/compare';
import { bench } from '../support/gpu';
import { normals } from '../support/random';

const scale = 2;
const rank = 4;

const shapes = [
  [32, 64, 64],
  [37, 96, 99],
  [1, 8, 1],
  [5, 99, 37],
  [167, 24, 1423],
] as const;

describe.each(shapes)('linear rows %i, %i → %i', (rows, inputs, outputs) => {
  const x = normals(1, rows * inputs);
  const dy = normals(2, rows * outputs);
  const weight = normals(3, outputs * inputs).map(roundBf16);
  const bias = normals(4, outputs).map(roundBf16);
  const residual = normals(5, rows * outputs);
  const a = normals(6, rank * inputs);
  const b = normals(7, outputs * rank);
  const u = normals(8, rows * rank);
  const t = normals(9, rows * rank);
  const before = normals(10, rows * inputs);
  const dropout = { probability: 0.2, seed: 11 };
  const mask = dropoutMask(rows, inputs, dropout.probability, dropout.seed);
  const adapter = { a, b, rank, scale };

  async function setup() {
    const k = await bench();
    const gpu = {
      weight: k.bf16('w', [outputs, inputs], weight),
      bias: k.bf16('bias', [outputs], bias),
      adapter: { a: k.f32('a', [rank, inputs], a), b: k.f32('b', [outputs, rank], b), rank, scale },
    };
    return { k, gpu, x: k.f32('x', [rows, inputs], x), dy: k.f32('dy', [rows, outputs], dy) };
  }

  it('forward equals its twin, plain', async () => {
    const { k, gpu, x: gx } = await setup();
    const y = k.f32('y', [rows, outputs]);
    linear.forward(k.rec, { x: gx, rows, weight: gpu.weight }, y);
    expectClose(await k.read(y), twin.forward(x, undefined, { weight, inputs }));
  });

  it('forward equals its twin with bias, residual and adapter', async () => {
    const { k, gpu, x: gx } = await setup();
    const y = k.f32('y', [rows, outputs]);
    const r = k.f32('r', [rows, outputs], residual);
    const low = { adapter: gpu.adapter, u: k.f32('u', [rows, rank], u) };
    linear.forward(k.rec, { x: gx, rows, weight: gpu.weight, bias: gpu.bias, residual: r, adapter: low }, y);
    const result = await k.read(y);
    expectClose(result, twin.forward(x, u, { weight, inputs, bias, residual, adapter }));
    // Negative control: leaving any operand out shows.
    expect(relativeError(result, twin.forward(x, u, { weight, inputs, bias, adapter }))).toBeGreaterThan(1e-2);
    expect(relativeError(result, twin.forward(x, undefined, { weight, inputs, bias, residual }))).toBeGreaterThan(1e-2);
  });

  it('backward equals its twin, overwriting and accumulating, with and without adapter', async () => {
    const { k, gpu, dy: gdy } = await setup();
    const dx = k.f32('dx', [rows, inputs], before);
    const low = { adapter: gpu.adapter, t: k.f32('t', [rows, rank], t), dropout };
    linear.backward(k.rec, { rows, weight: gpu.weight, accumulate: true, adapter: low }, gdy, dx);
    expectClose(await k.read(dx), twin.backward(dy, t, mask, before, { weight, inputs, adapter }));
    linear.backward(k.rec, { rows, weight: gpu.weight, accumulate: false }, gdy, dx);
    expectClose(await k.read(dx), twin.backward(dy, undefined, mask, undefined, { weight, inputs }));
  });
});

describe('some columns of a wider matrix', () => {
  const [rows, inputs, outputs, pitch, first] = [9, 24, 70, 200, 64];
  const x = normals(1, rows * inputs);
  const weight = normals(2, outputs * inputs).map(roundBf16);
  const wide = normals(3, rows * pitch);
  const inside = (i: number) => i % pitch >= first && i % pitch < first + outputs;

  it('forward writes them and nothing else', async () => {
    const k = await bench();
    const y = k.f32('y', [rows, pitch], wide);
    const op = { x: k.f32('x', [rows, inputs], x), rows, weight: k.bf16('w', [outputs, inputs], weight), pitch };
    linear.forward(k.rec, op, slice(y, first, rows * pitch - first));
    const result = await k.read(y);
    const expected = twin.forward(x, undefined, { weight, inputs });
    expectClose(
      result.filter((_, i) => inside(i)),
      expected,
    );
    expect(result.filter((_, i) => !inside(i))).toEqual(new Float32Array(wide.filter((_, i) => !inside(i))));
  });

  it.each([inputs, 23])('backward reads them and nothing else, %i inputs', async (some) => {
    const k = await bench();
    const narrow = weight.slice(0, outputs * some);
    const dx = k.f32('dx', [rows, some]);
    const op = { rows, weight: k.bf16('w', [outputs, some], narrow), accumulate: false, pitch };
    linear.backward(k.rec, op, slice(k.f32('dy', [rows, pitch], wide), first, rows * pitch - first), dx);
    const dy = wide.filter((_, i) => inside(i));
    const mask = new Float64Array(rows * some).fill(1);
    expectClose(await k.read(dx), twin.backward(dy, undefined, mask, undefined, { weight: narrow, inputs: some }));
  });
});
