/**
 * Which variant of a matmul kernel computes a product: what a person asks for, else what was fastest on this adapter, else a
 * rule of thumb. All variants give the same result within rounding; both kinds of tiles give the same bits.
 */

/** One part of `linear`: its entry points are tuned each for itself. */
export type Product = 'forward' | 'backward';

/** A product [rows, depth] · [depth, columns]: columns are outputs going forward, inputs going backward. */
export interface Extent {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
}

export const variantNames = ['registers', 'lanes', 'tiles64', 'tiles128'] as const;
export type Variant = (typeof variantNames)[number];

/** Variants that can compute a product: `lanes` are for few rows going forward. */
export function able(product: Product, { rows }: Extent): readonly Variant[] {
  return variantNames.filter((variant) => variant !== 'lanes' || (product === 'forward' && rows <= MOST_LANE_ROWS));
}

const MOST_LANE_ROWS = 32;

/** Batches are never twice of one length: products whose rows fall between the same two powers of two share a choice. */
export function bucketOf(rows: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, rows)));
}

export class Variants {
  /** What a person wants for every product that can be computed so. */
  forced: Variant | undefined;
  private readonly software: boolean;
  private readonly fastest = new Map<string, Variant>();

  constructor(software: boolean) {
    this.software = software;
  }

  of(product: Product, extent: Extent): Variant {
    const possible = able(product, extent);
    if (this.forced && possible.includes(this.forced)) return this.forced;
    return this.fastest.get(keyOf(product, extent)) ?? this.guess(product, extent, possible);
  }

  /** Takes over what was measured, now or on an earlier visit. */
  learn(product: Product, extent: Extent, variant: Variant): void {
    this.fastest.set(keyOf(product, extent), variant);
  }

  private guess(product: Product, { rows, inputs, outputs }: Extent, possible: readonly Variant[]): Variant {
    // Barriers cost more than they save where the GPU is a CPU.
    if (this.software) return 'registers';
    if (rows <= 8 && possible.includes('lanes')) return 'lanes';
    const columns = product === 'forward' ? outputs : inputs;
    const large = Math.ceil(rows / 128) * Math.ceil(columns / 128);
    return large >= ENOUGH_GROUPS ? 'tiles128' : 'tiles64';
  }
}

/** Workgroups that keep a large card busy. */
const ENOUGH_GROUPS = 128;

function keyOf(product: Product, { rows, inputs, outputs }: Extent): string {
  return `${product} ${bucketOf(rows)} ${inputs} ${outputs}`;
}
