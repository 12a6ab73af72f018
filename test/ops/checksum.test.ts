import { describe, expect, it } from 'vitest';
import * as op from '../../src/engine/ops/checksum';
import * as twin from '../../src/engine/selfTest/reference/checksum';
import { bench } from '../support/gpu';
import { uniform } from '../support/random';

const wordsOf = (count: number): Uint32Array => {
  const next = uniform(count);
  return Uint32Array.from({ length: count }, () => Math.floor(next() * 2 ** 32));
};

async function measured(words: Uint32Array, first = 3): Promise<string> {
  const b = await bench();
  const sums = b.u32('sums', [0, 0, 0, 0, 0, 0]);
  op.add(b.rec, { tensor: b.u32('words', words), index: 1, first }, sums);
  const [before, , ...found] = await b.words(sums);
  expect([before, ...found.slice(2)]).toEqual([0, 0, 0]);
  return found.slice(0, 2).join(' ');
}

// Less than a workgroup, odd counts, and more than all threads take at once.
describe.each([1, 63, 4_099, 131_075])('the checksum of %i words', (count) => {
  const words = wordsOf(count);

  it('is what the twin says, in every run', async () => {
    expect(await measured(words)).toBe(twin.add(words, 3).join(' '));
    expect(await measured(words)).toBe(await measured(words));
  });

  it('is another when one bit is, when two words change places, and at another place', async () => {
    const before = await measured(words);
    for (const at of [0, count - 1])
      for (const bit of [1, 0x80000000]) {
        const flipped = words.slice();
        flipped[at]! ^= bit;
        expect(await measured(flipped)).not.toBe(before);
      }
    expect(await measured(words, 4)).not.toBe(before);
    if (count === 1) return;
    const swapped = words.slice();
    [swapped[0], swapped[count - 1]] = [words[count - 1]!, words[0]!];
    expect(await measured(swapped)).not.toBe(before);
  });
});

it('of parts adds up to that of the whole', async () => {
  const [b, words] = [await bench(), wordsOf(1000)];
  const sums = b.u32('sums', [0, 0]);
  for (const [start, end] of [
    [640, 1000],
    [0, 640],
  ] as const)
    op.add(b.rec, { tensor: b.u32(`from ${start}`, words.subarray(start, end)), index: 0, first: start }, sums);
  expect([...(await b.words(sums))]).toEqual(twin.add(words, 0));
});

it('of an odd number of bf16 values is that of the words they fill', async () => {
  const b = await bench();
  const [sums, tensor] = [b.u32('sums', [0, 0]), b.bf16('halves', [3], [1, 2, 3])];
  op.add(b.rec, { tensor, index: 0, first: 0 }, sums);
  expect([...(await b.words(sums))]).toEqual(twin.add([0x40003f80, 0x4040], 0));
});
