/** Rows as two matrices of f16 (`linear.halves`), which any adapter can make: what units for matrices are then given. */
import { describe, expect, it } from 'vitest';
import { type Halves, halvesOf } from '../../src/engine/gpu/linearRoom';
import type { Recorder } from '../../src/engine/gpu/recorder';
import { download } from '../../src/engine/gpu/transfer';
import { Variants } from '../../src/engine/gpu/variants';
import * as linear from '../../src/engine/ops/linear';
import { type Bench, bench } from '../support/gpu';
import { normals } from '../support/random';

/** As on a card with units for matrices, of whose dispatches only those are made that cut rows into halves. */
function cutting({ arena, rec }: Bench): Recorder {
  const room = arena.tensor('halves', [2 ** 18]);
  const variants = Object.assign(new Variants(false, true), { forced: 'matrices' });
  return {
    ...{ software: false, variants },
    scratch: () => room,
    dispatch: (dispatch) => dispatch.variant === 'halves' && rec.dispatch(dispatch),
    copy: () => {},
    clear: () => {},
  };
}

/** [rows, terms]: high and low added, times what the product is multiplied with (weights are sixteenfold). */
async function summed(k: Bench, { rows, values, scales }: Halves): Promise<Float64Array> {
  const terms = values.shape[1]!;
  const bytes = { values: 4 * rows * terms, scales: 4 * rows };
  await k.rec.submit();
  const parts = new Uint16Array(await download(k.gpu, values, bytes.values));
  const factors = new Float32Array(await download(k.gpu, scales, bytes.scales));
  return Float64Array.from({ length: rows * terms }, (_, i) => {
    const [m, n] = [Math.floor(i / terms), i % terms];
    const [high, low] = [parts[2 * m * terms + n]!, parts[(2 * m + 1) * terms + n]!];
    return 16 * factors[m]! * (halfToFloat(high) + halfToFloat(low));
  });
}

/** The number that these 16 bits are. */
function halfToFloat(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -size : size;
}

/** Two f16 hold 22 bits of what is as large as the row's largest; past `wanted` there is nothing. */
function expectRow(got: Float64Array, wanted: readonly number[], largest: number): void {
  const off = wanted.map((value, n) => Math.abs(got[n]! - value));
  expect(largestOf(off)).toBeLessThanOrEqual(2 ** -21 * largest);
  expect(got.subarray(wanted.length).every((value) => value === 0)).toBe(true);
}

const largestOf = (row: readonly number[]) => row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Rows of sizes that no one power of two fits. */
const uneven = (seed: number, rows: number, width: number): readonly number[] =>
  Array.from(normals(seed, rows * width), (value, i) => Math.fround(value * 10 ** ((Math.floor(i / width) % 9) - 4)));

describe.each([
  [1, 8],
  [37, 96],
  [65, 104],
])('x of %i rows by %i', (rows, inputs) => {
  it('is the sum of its halves, with zeros around it', async () => {
    const k = await bench();
    const x = uneven(1, rows, inputs);
    const weight = k.bf16('w', [8, inputs], normals(2, 8 * inputs));
    const rec = cutting(k);
    linear.forward(rec, { x: k.f32('x', [rows, inputs], x), rows }, [{ weight, y: k.f32('y', [rows, 8]) }]);
    const halves = halvesOf(rec, rows, [inputs])!;
    const [got, width] = [await summed(k, halves), halves.values.shape[1]!];
    for (let m = 0; m < halves.rows; m++) {
      const wanted = x.slice(m * inputs, (m + 1) * inputs);
      expectRow(got.subarray(m * width, (m + 1) * width), wanted, largestOf(wanted));
    }
  });
});

/** Outputs of each part; 8 inputs. */
const parts = [
  [3, [16]],
  [37, [64, 24, 24]],
  [65, [33, 7]],
  [70, [36, 4, 40]],
] as const;

describe.each(parts)('dy of %i rows by %j', (rows, outputs) => {
  it('is the sum of its halves, each part in stages of its own', async () => {
    const k = await bench();
    const rec = cutting(k);
    const dys = outputs.map((width, p) => uneven(3 + p, rows, width));
    const [dy, weights] = [
      k.place(
        of('dy', outputs, (width, p) => ({ shape: [rows, width], values: dys[p] })),
        asFloats,
      ),
      k.place(
        of('w', outputs, (width) => ({ shape: [width, 8] })),
        asWeights,
      ),
    ];
    const all = dy.map((tensor, p) => ({ weight: weights[p]!, dy: tensor }));
    linear.backward(rec, { rows, dropout: 0, accumulate: false }, all, k.f32('dx', [rows, 8]));
    const halves = halvesOf(rec, rows, outputs)!;
    const got = await summed(k, halves);
    for (let m = 0; m < halves.rows; m++) {
      const wanted = outputs.map((width, p) => dys[p]!.slice(m * width, (m + 1) * width));
      let at = m * halves.values.shape[1]!;
      for (const part of wanted) {
        const stages = 32 * Math.ceil(outputs[wanted.indexOf(part)]! / 32);
        // All parts of a row have one scale.
        expectRow(got.subarray(at, at + stages), part, largestOf(wanted.flat()));
        at += stages;
      }
    }
  });
});

const asFloats = { dtype: 'f32', beside: true } as const;
const asWeights = { dtype: 'bf16', beside: true } as const;

function of<T>(name: string, widths: readonly number[], make: (width: number, part: number) => T) {
  return widths.map((width, part) => ({ name: `${name}${part}`, ...make(width, part) }));
}
