/** How the workgroups of a projection share it: terms split over several, rows in halves, and room for both. */
import { describe, expect, it } from 'vitest';
import { kernelOf, termsOf } from '../../src/engine/gpu/linearKernels';
import { halvesOf, splitOf } from '../../src/engine/gpu/linearRoom';
import { Paper, PaperRecorder } from '../../src/engine/gpu/paper';
import type { Recorder } from '../../src/engine/gpu/recorder';
import { type Variant, Variants } from '../../src/engine/gpu/variants';

const arena = new Paper(Number.POSITIVE_INFINITY).arena('test');

/** Records on paper, with the kernels of one variant and so many bytes of scratch. */
function recorder(forced: Variant, bytes?: number): Recorder {
  const [paper, whole] = [new PaperRecorder(forced), new PaperRecorder()];
  const scratch: Recorder['scratch'] = (use) => ({ ...whole.scratch(use), ...(bytes !== undefined && { bytes }) });
  return Object.assign(paper, { scratch });
}

const part = (outputs: number, inputs: number) => ({ weight: arena.tensor('w', [outputs, inputs], 'bf16') });

/** Of y = x Wᵀ: with the kernel that computes it, the tiles it has, and how their terms are split. */
function split(variant: Variant, rows: number, columns: number, inputs: number, bytes?: number) {
  const rec = recorder(variant, bytes);
  const kernel = kernelOf(rec, 'forward', rows, [part(columns, inputs)]);
  const across = Math.ceil(columns / kernel.columns);
  const tiles = across * Math.ceil(rows / kernel.rows);
  return { kernel, tiles, of: splitOf(rec, kernel, { rows, columns, tiles: across }, [inputs]) };
}

const sharing = ['tiles64', 'tiles128', 'matrices'] as const;

describe('registers', () => {
  it('are taken from quads where the adapter is a CPU that has them, widths that are no whole eights apart', () => {
    const of = (quads: boolean, inputs: number, forced: Variant) => {
      const variants = Object.assign(new Variants(true, false, quads), { forced });
      return kernelOf(Object.assign(new PaperRecorder(), { variants }), 'forward', 8, [part(64, inputs)]).variant;
    };
    expect([true, false].map((quads) => of(quads, 64, 'registers'))).toEqual(['quads', undefined]);
    expect(of(true, 63, 'registers')).toBeUndefined();
    expect(of(true, 64, 'tiles64')).toBe('tiles64');
  });
});

describe('terms of a tile', () => {
  it.each(sharing)('are shared where there are few tiles, by %s', (variant) => {
    const { kernel, tiles, of } = split(variant, 64, 512, 4096);
    expect(of!.count).toBeGreaterThan(1);
    expect(of!.count * tiles).toBeLessThanOrEqual(kernel.sharing!.crowd);
  });

  it.each(sharing)('are not shared where there are tiles enough, by %s', (variant) => {
    const { kernel, tiles, of } = split(variant, 2048, 4096, 4096);
    expect(2 * tiles).toBeGreaterThan(kernel.sharing!.crowd);
    expect(of).toBeUndefined();
  });

  it.each(['registers', 'lanes'] as const)('are never shared by %s', (variant) => {
    const { kernel, of } = split(variant, 8, 64, 4096);
    expect([kernel.variant ?? 'registers', of]).toEqual([variant, undefined]);
  });

  it('are not shared where they are few', () => {
    expect(split('tiles64', 64, 64, 240).of).toBeUndefined();
    expect(split('tiles64', 64, 64, 256).of!.count).toBe(2);
  });

  it('are shared by as many as a person says', () => {
    const rec = recorder('tiles64');
    const kernel = kernelOf(rec, 'forward', 64, [part(64, 4096)]);
    const countOf = (crowd: number) => {
      rec.variants.crowd = crowd;
      return splitOf(rec, kernel, { rows: 64, columns: 64, tiles: 1 }, [4096])?.count;
    };
    expect([1, 2, 7, 10_000].map(countOf)).toEqual([undefined, 2, 7, 16]);
  });

  it('are covered by the stages of all, none of which is idle, and their sums fit the scratch', () => {
    for (const bytes of [2 ** 16, 2 ** 20, 2 ** 25]) {
      for (const terms of [[4096], [2048, 256, 256], [99, 1423, 7], [11_008]]) {
        for (const [rows, columns] of [
          [64, 64],
          [37, 1000],
          [500, 512],
        ] as const)
          expectCovered(rows, columns, terms, bytes);
      }
    }
  });

  it('are not shared where the sums of two do not fit', () => {
    const two = 2 * 4 * 64 * 512;
    expect(split('tiles64', 64, 512, 4096, two).of!.count).toBe(2);
    expect(split('tiles64', 64, 512, 4096, two - 4).of).toBeUndefined();
  });
});

function expectCovered(rows: number, columns: number, terms: readonly number[], bytes: number): void {
  for (const variant of sharing) {
    const rec = recorder(variant, bytes);
    // A kernel in halves needs room for them, which is not what is tried here.
    const kernel = kernelOf(recorder(variant), 'forward', rows, [part(columns, 4096)]);
    const stages = terms.reduce((sum, count) => sum + Math.ceil(count / kernel.sharing!.depth), 0);
    const made = splitOf(rec, kernel, { rows, columns, tiles: Math.ceil(columns / kernel.columns) }, terms);
    if (!made) continue;
    expect(made.count).toBeGreaterThan(1);
    expect(made.count * made.stages).toBeGreaterThanOrEqual(stages);
    expect((made.count - 1) * made.stages).toBeLessThan(stages);
    // All the room is bound, whatever is used of it: batches of other sizes then need no other bind groups.
    expect(made.sums).toMatchObject({ shape: [made.count, rows, columns], bytes });
    expect(4 * made.count * rows * columns).toBeLessThanOrEqual(bytes);
  }
}

describe('the terms of a product', () => {
  it('are inputs going forward, and outputs of each part going back', () => {
    const parts = [part(64, 48), part(16, 48)];
    expect(termsOf('forward', parts)).toEqual([48]);
    expect(termsOf('backward', parts)).toEqual([64, 16]);
  });
});

describe('rows in halves', () => {
  it('are padded to whole tiles, and each part to whole stages', () => {
    const halves = halvesOf(recorder('matrices'), 65, [99, 32, 1])!;
    expect(halves.rows).toBe(128);
    expect(halves.values.shape).toEqual([128, 128 + 32 + 32]);
    // Two halves are as long as one f32.
    expect(halves.values.bytes).toBeGreaterThanOrEqual(4 * 128 * 192);
    expect(halves.scales).toMatchObject({ shape: [128], offset: 0 });
    expect(halves.scales.bytes).toBeGreaterThanOrEqual(4 * 128);
    expect(halves.values.offset).toBeGreaterThanOrEqual(halves.scales.bytes);
    expect(halves.values.offset % 256).toBe(0);
    // As with sums, all the room is bound: other rows, the same bind groups.
    const other = halvesOf(recorder('matrices'), 7, [64])!;
    for (const kind of ['values', 'scales'] as const) {
      const { offset, bytes } = halves[kind];
      expect(other[kind]).toMatchObject({ offset, bytes });
    }
  });

  it('have no room in a small scratch, nor above the most rows', () => {
    const needed = 65_536 + 4 * 64 * 64;
    expect(halvesOf(recorder('matrices', needed), 64, [64])).toBeDefined();
    expect(halvesOf(recorder('matrices', needed - 4), 64, [64])).toBeUndefined();
    expect(halvesOf(recorder('matrices'), 16_384, [32])).toBeDefined();
    expect(halvesOf(recorder('matrices'), 16_385, [32])).toBeUndefined();
    expect(halvesOf(recorder('matrices'), 4096, [11_008])).toBeUndefined();
  });

  it('that have no room are left to tiles', () => {
    const variantOf = (rows: number) => kernelOf(recorder('matrices'), 'forward', rows, [part(64, 11_008)]).variant;
    expect([1024, 4096].map(variantOf)).toEqual(['matrices', 'tiles64']);
  });
});

describe('widths that are no whole eights', () => {
  it('are for the plain shader, element by element', () => {
    for (const variant of sharing) {
      expect(kernelOf(recorder(variant), 'forward', 64, [part(64, 99)])).toMatchObject({ single: true, rows: 8 });
    }
  });
});
