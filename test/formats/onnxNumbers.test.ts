/** Weights in other types: fp16 against every value it has, four bits against the originals and onnxruntime’s quantizer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { halfToSingle } from '../../src/engine/formats/elements';
import { halfBits } from '../../src/engine/formats/half';
import { fourBits, halves, rotaryHalf, singles } from '../../src/engine/formats/onnx/convert';
import { BLOCK, fourBitShape } from '../../src/engine/formats/onnx/fourBits';
import { packBf16, unpackBf16 } from '../support/bf16';
import { dequantized } from '../support/fourBits';
import { normals } from '../support/random';

function single(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0]!;
}

async function joined(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const all: number[] = [];
  for await (const piece of pieces) all.push(...piece);
  return Uint8Array.from(all);
}

/** bf16 bytes in pieces that end anywhere. */
async function* cut(values: ArrayLike<number>, sizes: readonly number[]) {
  const bytes = new Uint8Array(packBf16(values).buffer, 0, 2 * values.length);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

describe('pieces that end anywhere', () => {
  const values = normals(3, 5 * 37);

  it('become the same numbers', async () => {
    const exact = unpackBf16(packBf16(values).buffer, values.length);
    const wide = new Float32Array((await joined(singles(cut(values, [1, 7, 64])))).buffer);
    expect(wide).toEqual(exact);
    const half = new Uint16Array((await joined(halves(cut(values, [3, 5]), 'w', { rounded: 0 }))).buffer);
    expect(half).toEqual(Uint16Array.from(exact, halfBits));
    expect(await joined(fourBits(cut(values, [5, 61]), [5, 37]))).toEqual(
      await joined(fourBits(cut(values, [370]), [5, 37])),
    );
    expect(await joined(singles(cut(values, [370])))).not.toEqual(await joined(singles(cut(normals(4, 185), [370]))));
  });
});

describe('four bits', () => {
  it('are within half a step of the original', async () => {
    const [outputs, inputs] = [9, 100];
    const exact = unpackBf16(packBf16(normals(5, outputs * inputs)).buffer, outputs * inputs);
    const { values, scales } = dequantized(
      await joined(fourBits(cut(exact, [200]), [outputs, inputs])),
      outputs,
      inputs,
    );
    const { blocks } = fourBitShape(outputs, inputs);
    const steps = exact.map((value, i) => {
      const block = Math.floor(i / inputs) * blocks + Math.floor((i % inputs) / BLOCK);
      return Math.abs(value - values[i]!) / scales[block]!;
    });
    // The zero point is rounded too, and what that pushes past the last step is pushed by half a step at most.
    expect(Math.max(...steps)).toBeLessThanOrEqual(0.5 + 1e-5);
    expect(Math.max(...steps)).toBeGreaterThan(0.4);
  });

  it('are those of onnxruntime’s quantizer, byte for byte', async () => {
    interface Case {
      readonly outputs: number;
      readonly inputs: number;
      readonly weights: readonly number[];
      readonly bytes: string;
    }
    const cases: Case[] = JSON.parse(
      readFileSync(join(import.meta.dirname, '../fixtures/onnx/four_bits.json'), 'utf8'),
    );
    expect(cases.length).toBeGreaterThan(3);
    for (const { outputs, inputs, weights, bytes } of cases) {
      const found = Buffer.from(await joined(fourBits(cut(weights, [1024]), [outputs, inputs]))).toString('base64');
      expect(found).toBe(bytes);
      const other = weights.map((weight) => 1.5 * weight);
      const changed = Buffer.from(await joined(fourBits(cut(other, [1024]), [outputs, inputs]))).toString('base64');
      expect(changed).not.toBe(bytes);
    }
  });
});

describe('tables of positions', () => {
  it('are cut into bands that nobody notices', async () => {
    const config = { rotary: { theta: 1e4 }, context: 5000, headDim: 4 };
    const table = new Float32Array((await joined(rotaryHalf(config, 'sines', 'float32'))).buffer);
    expect(table.length).toBe(10_000);
    expect(table[2 * 4999]).toBeCloseTo(Math.sin(4999), 6);
    expect(table[2 * 4999 + 1]).toBeCloseTo(Math.sin(49.99), 5);
    const halfTable = new Uint16Array((await joined(rotaryHalf(config, 'cosines', 'float16'))).buffer);
    expect(single(halfToSingle(halfTable[2 * 4999]!))).toBeCloseTo(Math.cos(4999), 3);
  });
});
