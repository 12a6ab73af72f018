import { describe, expect, it } from 'vitest';
import { bucketOf, type Timing, Variants } from '../../src/engine/gpu/variants';

const extent = { rows: 220, inputs: 2048, outputs: 2560 };
const timing = (milliseconds: Timing['milliseconds'], rows = 256): Timing => ({
  ...{ ...extent, rows },
  product: 'forward',
  milliseconds,
});

describe('the choice of a variant', () => {
  it('without measurements: registers on a CPU, lanes for few rows, else tiles', () => {
    expect(new Variants(true, false).of('forward', extent)).toBe('registers');
    const hardware = new Variants(false, false);
    expect(hardware.of('forward', { ...extent, rows: 5 })).toBe('lanes');
    expect(hardware.of('backward', { ...extent, rows: 5 })).toBe('tiles64');
    expect(hardware.of('forward', extent)).toBe('tiles64');
    expect(hardware.of('forward', { ...extent, outputs: 22_016 })).toBe('tiles64');
  });

  it('is the fastest that was measured, for that product only', () => {
    const variants = new Variants(false, false);
    variants.learn(timing({ registers: 3, tiles64: 2, tiles128: 4 }));
    expect(variants.of('forward', { ...extent, rows: 129 })).toBe('tiles64');
    variants.learn(timing({ registers: 1, tiles64: 2, tiles128: 4 }));
    expect(variants.of('forward', { ...extent, rows: 256 })).toBe('registers');
    expect(variants.timings).toHaveLength(1);
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

  it('is what was fastest with about as many rows: those of the nearest bucket, within four times', () => {
    const variants = new Variants(false, false);
    const of = (rows: number) => variants.of('forward', { ...extent, rows });
    variants.learn(timing({ registers: 1, tiles64: 2, tiles128: 3 }, 256));
    expect([64, 65, 1024].map(of)).toEqual(['registers', 'registers', 'registers']);
    // Further away the rule of thumb is nearer to the truth.
    expect([32, 1025].map(of)).toEqual(['tiles64', 'tiles64']);
    variants.learn(timing({ registers: 3, tiles64: 2, tiles128: 1 }, 1024));
    expect([256, 257, 513, 4096].map(of)).toEqual(['registers', 'registers', 'tiles128', 'tiles128']);
    expect(variants.of('forward', { ...extent, rows: 64, inputs: 1024 })).toBe('tiles64');
    expect(variants.knows('forward', { ...extent, rows: 64 })).toBe(false);
  });

  it('of rows that lanes are too slow for is no lanes, though fewer of them were fastest so', () => {
    const variants = new Variants(false, false);
    variants.learn(timing({ lanes: 1, registers: 2, tiles64: 3 }, 32));
    expect([32, 64].map((rows) => variants.of('forward', { ...extent, rows }))).toEqual(['lanes', 'registers']);
  });

  it('is nothing that the adapter has refused, whatever was measured or wanted', () => {
    const variants = new Variants(false, false);
    variants.learn(timing({ registers: 3, tiles64: 1, tiles128: 2 }));
    variants.forced = 'tiles64';
    expect(variants.of('forward', extent)).toBe('tiles64');
    variants.refuse('tiles64');
    expect(variants.of('forward', extent)).toBe('tiles128');
    expect(variants.usable).toEqual(['registers', 'lanes', 'tiles128']);
    for (const product of ['forward', 'backward'] as const) {
      expect(variants.able(product, 256)).toEqual(['registers', 'tiles128']);
    }
    // Nor a guess, where nothing was measured.
    variants.forget();
    expect(variants.of('backward', extent)).toBe('tiles128');
    variants.refuse('tiles128');
    expect(variants.of('backward', extent)).toBe('registers');
  });

  it('is units for matrices only where they are on: else the fastest of the others', () => {
    const [off, on] = [new Variants(false, false), new Variants(false, true)];
    for (const variants of [off, on]) {
      variants.learn(timing({ registers: 3, tiles64: 4, tiles128: 2, matrices: 1 }));
    }
    expect([off.of('forward', extent), on.of('forward', extent)]).toEqual(['tiles128', 'matrices']);
    expect([off.able('backward', 9).includes('matrices'), on.able('backward', 9).includes('matrices')]).toEqual([
      false,
      true,
    ]);
    off.forced = 'matrices';
    expect(off.of('forward', extent)).toBe('tiles128');
    off.learn(timing({ matrices: 1 }));
    expect(off.of('forward', extent)).toBe('tiles64');
    // For products that were not reached, units that have worked at all are the best guess.
    expect(on.of('backward', extent)).toBe('matrices');
    expect(on.of('forward', { ...extent, inputs: 99, rows: 5 })).toBe('lanes');
    // Nobody has measured them: no guess takes them.
    on.forget();
    expect(on.of('forward', extent)).toBe('tiles64');
  });

  it('buckets end at powers of two', () => {
    expect([1, 2, 3, 128, 129, 256, 257].map(bucketOf)).toEqual([1, 2, 4, 128, 256, 256, 512]);
  });
});
