import { describe, expect, it } from 'vitest';
import { bucketOf, type Timing, Variants } from '../../src/engine/gpu/variants';

const extent = { rows: 220, inputs: 2048, outputs: 2560 };
const timing = (milliseconds: Timing['milliseconds'], rows = 256): Timing => ({
  ...{ ...extent, rows },
  product: 'forward',
  milliseconds,
});

describe('the choice of a variant', () => {
  it('without measurements: registers on a CPU, lanes for few rows, tiles by how many there are', () => {
    expect(new Variants(true, false).of('forward', extent)).toBe('registers');
    const hardware = new Variants(false, false);
    expect(hardware.of('forward', { ...extent, rows: 5 })).toBe('lanes');
    expect(hardware.of('backward', { ...extent, rows: 5 })).toBe('tiles64');
    expect(hardware.of('forward', extent)).toBe('tiles64');
    expect(hardware.of('forward', { ...extent, outputs: 22_016 })).toBe('tiles128');
  });

  it('is the fastest that was measured, for that product and rows of that bucket only', () => {
    const variants = new Variants(false, false);
    variants.learn(timing({ registers: 3, tiles64: 2, tiles128: 4 }));
    expect(variants.of('forward', { ...extent, rows: 129 })).toBe('tiles64');
    variants.learn(timing({ registers: 1, tiles64: 2, tiles128: 4 }));
    expect(variants.of('forward', { ...extent, rows: 256 })).toBe('registers');
    expect(variants.timings).toHaveLength(1);
    expect(variants.of('forward', { ...extent, rows: 257 })).toBe('tiles64');
    expect(variants.of('backward', extent)).toBe('tiles64');
    variants.forget();
    expect(variants.of('forward', extent)).toBe('tiles64');
  });

  it('is what a person wants wherever that can compute it', () => {
    const variants = new Variants(false, false);
    variants.learn(timing({ registers: 3, tiles64: 2, tiles128: 4 }));
    variants.forced = 'lanes';
    expect(variants.of('forward', { ...extent, rows: 20 })).toBe('lanes');
    expect(variants.of('forward', extent)).toBe('tiles64');
    variants.forced = 'registers';
    expect(variants.of('forward', extent)).toBe('registers');
  });

  it('a measurement of lanes is of no use where there are too many rows for them in the same bucket', () => {
    const variants = new Variants(false, false);
    variants.learn(timing({ lanes: 1 }, 32));
    expect(variants.of('forward', { ...extent, rows: 30 })).toBe('lanes');
    expect(variants.able('forward', 33)).not.toContain('lanes');
  });

  it('buckets end at powers of two', () => {
    expect([1, 2, 3, 128, 129, 256, 257].map(bucketOf)).toEqual([1, 2, 4, 128, 256, 256, 512]);
  });
});
