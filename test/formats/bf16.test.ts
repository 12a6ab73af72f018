import { describe, expect, it } from 'vitest';
import { PieceMemory, readBf16, roundBits } from '../../src/engine/formats/bf16';
import { blobSource } from '../../src/engine/formats/folder';
import type { ByteSource } from '../../src/engine/formats/safetensors';
import { packBf16 } from '../support/bf16';
import { normals } from '../support/random';

/** A source that hands out views at odd addresses, as a slice of a larger buffer may be. */
function source(bytes: Uint8Array): ByteSource {
  return {
    name: 'w.safetensors',
    size: bytes.length,
    read: async (start, end) => {
      const odd = new Uint8Array(end - start + 1);
      odd.set(bytes.subarray(start, end), 1);
      return odd.subarray(1);
    },
  };
}

async function pieces(dtype: string, data: ArrayBufferView, skip = 0, piece?: number): Promise<Uint32Array[]> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const found: Uint32Array[] = [];
  const memory = new PieceMemory();
  for await (const words of readBf16(source(bytes), { dtype, start: skip, end: bytes.length }, memory, piece))
    found.push(words.slice());
  return found;
}

async function read(dtype: string, data: ArrayBufferView, skip = 0, piece?: number): Promise<Uint32Array> {
  return Uint32Array.from((await pieces(dtype, data, skip, piece)).flatMap((words) => [...words]));
}

/** The value of bf16 bits. */
const value = (bits: number) => new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!;
const single = (x: number) => new Uint32Array(Float32Array.of(x).buffer)[0]!;

describe('F32', () => {
  it('rounds as the tests’ own packing does, even and odd counts', async () => {
    for (const count of [0, 1, 2, 37, 1000]) {
      const values = normals(count, count);
      expect(await read('F32', Float32Array.from(values))).toEqual(packBf16(values));
    }
  });

  it('rounds ties to even and others to the nearest', () => {
    expect(roundBits(0x3f808000)).toBe(0x3f80);
    expect(roundBits(0x3f818000)).toBe(0x3f82);
    expect(roundBits(0x3f808001)).toBe(0x3f81);
    expect(roundBits(0x3f807fff)).toBe(0x3f80);
    expect(roundBits(0xbf818000)).toBe(0xbf82);
  });

  it('keeps zero, infinity and NaN what they are', () => {
    expect(roundBits(0)).toBe(0);
    expect(roundBits(0x80000000)).toBe(0x8000);
    expect(roundBits(single(Number.POSITIVE_INFINITY))).toBe(0x7f80);
    expect(roundBits(single(3.4028234663852886e38))).toBe(0x7f80);
    for (const nan of [0x7f800001, 0x7fffffff, 0xff800001, 0xffffffff, 0x7fc00000])
      expect(value(roundBits(nan))).toBeNaN();
  });
});

describe('BF16', () => {
  it('goes over bit by bit, and pads an odd count with zero', async () => {
    expect(await read('BF16', Uint16Array.of(0x1234, 0xabcd, 0x7fc1))).toEqual(Uint32Array.of(0xabcd1234, 0x00007fc1));
  });

  it('starts where the tensor starts', async () => {
    expect(await read('BF16', Uint16Array.of(9, 1, 2), 2)).toEqual(Uint32Array.of(0x00020001));
  });
});

describe('pieces', () => {
  const values = normals(1, 37);

  it.each(['F32', 'BF16'])('of %s join to the whole, and none is larger than asked', async (dtype) => {
    const data = dtype === 'F32' ? Float32Array.from(values) : new Uint16Array(packBf16(values).buffer, 0, 37);
    expect((await pieces(dtype, data, 0, 8)).map((words) => words.length)).toEqual([4, 4, 4, 4, 3]);
    expect(await read(dtype, data, 0, 8)).toEqual(packBf16(values));
  });

  it.each(['F32', 'BF16'])(
    'of %s in a file lie one after the other in the same memory, and nothing of the last is left',
    async (dtype) => {
      const data = dtype === 'F32' ? Float32Array.from(values) : new Uint16Array(packBf16(values).buffer, 0, 37);
      const file = blobSource('whole.safetensors', new Blob([data]));
      const memory = new PieceMemory();
      const [found, held]: [number[], number[]] = [[], []];
      for await (const words of readBf16(file, { dtype, start: 0, end: file.size }, memory, 8)) {
        found.push(...words);
        held.push(words.buffer.byteLength);
      }
      expect(Uint32Array.from(found)).toEqual(packBf16(values));
      expect(new Set(held).size).toBe(1);
      memory.giveBack(new Uint8Array(40).fill(0xff).buffer);
      const odd = blobSource('odd.safetensors', new Blob([data.slice(0, 9)]));
      const last = await readBf16(odd, { dtype, start: 0, end: odd.size }, memory).next();
      expect(last.value).toEqual(packBf16(values.slice(0, 9)));
    },
  );
});

describe('F16', () => {
  it('every one of the 65,536 values is the nearest bf16', async () => {
    const all = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
    const words = await read('F16', all);
    const halves = new Uint16Array(words.buffer);
    for (let i = 0; i < all.length; i++) {
      const exact = halfByDefinition(i);
      const found = value(halves[i]!);
      if (Number.isNaN(exact)) expect(found).toBeNaN();
      else if (exact === 0 || !Number.isFinite(exact)) expect(found).toBe(exact);
      else expect(nearest(halves[i]!, exact), `f16 bits ${i}`).toBe(true);
    }
  });

  it('known values', async () => {
    const words = await read('F16', Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff));
    expect([...new Uint16Array(words.buffer)].map(value)).toEqual([1, -2, 2 ** -24, 65536]);
  });

  /** Neither neighbour is nearer, nor equally near and even. */
  function nearest(bits: number, exact: number): boolean {
    const error = (b: number) => Math.abs(value(b) - exact);
    const beats = (other: number) => error(bits) < error(other) || (error(bits) === error(other) && bits % 2 === 0);
    return beats(bits - 1) && beats(bits + 1);
  }

  /** IEEE 754 binary16, digit by digit from its bit string. */
  function halfByDefinition(half: number): number {
    const text = half.toString(2).padStart(16, '0');
    const [sign, exponent, fraction] = [
      text[0] === '1' ? -1 : 1,
      Number.parseInt(text.slice(1, 6), 2),
      Number.parseInt(text.slice(6), 2),
    ];
    if (exponent === 31) return fraction ? Number.NaN : sign / 0;
    return sign * (exponent ? 2 ** (exponent - 15) : 2 ** -14) * ((exponent ? 1 : 0) + fraction / 2 ** 10);
  }
});

describe('what cannot be read', () => {
  it('another type', async () => {
    await expect(read('I32', Int32Array.of(1))).rejects.toMatchObject({ code: 'dtype-unsupported' });
  });

  it('a file that became shorter', async () => {
    const info = { dtype: 'BF16', shape: [4], start: 0, end: 8 };
    const shorter: ByteSource = { name: 'w.safetensors', size: 8, read: async () => new Uint8Array(4) };
    await expect(readBf16(shorter, info).next()).rejects.toMatchObject({ code: 'file-changed' });
  });
});
