// Damaged and hostile files of every format that somebody can hand us: refused in words, soon, and exactly where they should be.
import { describe, expect, it } from 'vitest';
import { drawn } from '../support/fuzz';
import { attack } from './attack';
import { modelFormats } from './modelFormats';
import { otherFormats } from './otherFormats';

const formats = [...modelFormats, ...otherFormats];

describe.each(formats)('$name', (format) => {
  it('is refused in words, within a second, and by us wherever its reference refuses it', async () => {
    const { accepted, refused } = await attack(format, drawn(500));
    const all = [...refused.values()].reduce((sum, count) => sum + count, accepted);
    expect(all).toBe(drawn(500).numRuns);
  });

  it('would be caught where it is not', async () => {
    const times = drawn(100);
    const silent = { ...format, read: () => Promise.reject(new RangeError('too deep')) };
    await expect(attack(silent, times)).rejects.toThrow(/not refused in words/);
    const blind = { ...format, objection: (bytes: Uint8Array) => `of ${bytes.length} bytes` };
    if ((await attack(format, times)).accepted > 0) await expect(attack(blind, times)).rejects.toThrow(/objects: of/);
  });
});
