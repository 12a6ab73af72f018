/** Rows in halves as numbers, and how near they have to be. */
import { expect } from 'vitest';
import type { Halves } from '../../src/engine/gpu/linearRoom';
import { download } from '../../src/engine/gpu/transfer';
import type { Bench } from './gpu';
import { normals } from './random';

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

/** Room that holds anything but zeros, as that of an earlier product. */
export const roomIn = (k: Bench) => k.f32('halves', [2 ** 18], new Float64Array(2 ** 18).fill(1));

/** Rows of sizes that no one power of two fits. */
export const uneven = (seed: number, rows: number, width: number): readonly number[] =>
  Array.from(normals(seed, rows * width), (value, i) => Math.fround(value * 10 ** ((Math.floor(i / width) % 9) - 4)));

/** Parts of `outputs` each, in stages of their own. Another number anywhere would show. */
export async function expectParts(
  k: Bench,
  halves: Halves,
  outputs: readonly number[],
  dys: readonly (readonly number[])[],
): Promise<void> {
  const got = await summed(k, halves);
  const check = (of: readonly (readonly number[])[]) => {
    for (let m = 0; m < halves.rows; m++) {
      const wanted = outputs.map((width, p) => of[p]!.slice(m * width, (m + 1) * width));
      let at = m * halves.values.shape[1]!;
      for (const [p, part] of wanted.entries()) {
        const stages = 32 * Math.ceil(outputs[p]! / 32);
        // All parts of a row have one scale.
        expectRow(got.subarray(at, at + stages), part, largestOf(wanted.flat()));
        at += stages;
      }
    }
  };
  check(dys);
  expect(() => check(dys.with(-1, dys.at(-1)!.with(-1, 1.001 * dys.at(-1)!.at(-1)!)))).toThrow();
}

/** Of one part. */
export async function expectX(k: Bench, halves: Halves, inputs: number, x: readonly number[]): Promise<void> {
  await expectParts(k, halves, [inputs], [x]);
}
