/**
 * Which variant of a matmul kernel computes a product: what a person asks for, else what was fastest on this adapter, else a
 * rule of thumb. All variants give the same result within rounding; both kinds of tiles give the same bits.
 */

/** The entry points of `linear`: y = x Wᵀ, and dx = dy W. */
export type Product = 'forward' | 'backward';

/** What is multiplied: `rows` of x or dy with a weight [outputs, inputs] (of all parts of a dispatch). */
export interface Extent {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
}

export const variantNames = ['registers', 'lanes', 'tiles64', 'tiles128', 'matrices'] as const;
export type Variant = (typeof variantNames)[number];

/** How long each variant took for a product; `rows` is its bucket. */
export interface Timing extends Extent {
  readonly product: Product;
  /** Of one dispatch. */
  readonly milliseconds: Readonly<Partial<Record<Variant, number | undefined>>>;
}

const MOST_LANE_ROWS = 32;

/** Batches are never twice of one length: rows between the same two powers of two share a choice. */
export function bucketOf(rows: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, rows)));
}

export class Variants {
  /** What a person wants for every product that can be computed so. */
  forced: Variant | undefined;
  /** Instead of how many workgroups a kernel wants at work at once: above the tiles of a product, their terms are shared. */
  crowd: number | undefined;
  /** Whether `registers` take rows from their quads, on CPU adapters that have subgroups. */
  quads: boolean;
  private readonly software: boolean;
  private readonly matrices: boolean;
  private readonly known = new Map<string, Timing>();
  private readonly unusable = new Set<Variant>();
  /** Choices by product, bucket and sizes: a step asks hundreds of times, and for the same ones. */
  private readonly chosen = new Map<string, Variant>();

  constructor(software: boolean, matrices: boolean, quads = false) {
    this.quads = quads;
    this.software = software;
    this.matrices = matrices;
  }

  /** Those that this adapter can compute at all: `matrices` are for cards that have units for them. */
  get usable(): readonly Variant[] {
    return variantNames.filter((variant) => !this.unusable.has(variant) && (variant !== 'matrices' || this.matrices));
  }

  /** Variants that can compute a product: `lanes` are for few rows going forward. */
  able(product: Product, rows: number): readonly Variant[] {
    return this.usable.filter((variant) => variant !== 'lanes' || (product === 'forward' && rows <= MOST_LANE_ROWS));
  }

  get timings(): readonly Timing[] {
    return [...this.known.values()];
  }

  of(product: Product, extent: Extent): Variant {
    if (this.forced && this.able(product, extent.rows).includes(this.forced)) return this.forced;
    // Rows of one bucket have one choice: what decides has its bounds at powers of two.
    const key = keyOf(product, extent);
    const known = this.chosen.get(key);
    if (known) return known;
    const chosen = this.choose(product, extent);
    this.chosen.set(key, chosen);
    return chosen;
  }

  private choose(product: Product, extent: Extent): Variant {
    const possible = this.able(product, extent.rows);
    const timing = this.nearest(product, extent);
    return (timing && fastest(timing, possible)) ?? this.guess(extent, possible);
  }

  /** What was measured for the same product with about as many rows, at most four times or a quarter of them. */
  private nearest(product: Product, { rows, inputs, outputs }: Extent): Timing | undefined {
    const away = (timing: Timing) => Math.abs(Math.log2(bucketOf(timing.rows) / bucketOf(rows)));
    return this.timings
      .filter((timing) => timing.product === product && timing.inputs === inputs && timing.outputs === outputs)
      .filter((timing) => away(timing) <= 2)
      .toSorted((a, b) => away(a) - away(b))[0];
  }

  /** For one that this adapter could not compile or run. */
  refuse(variant: Variant): void {
    this.unusable.add(variant);
    this.chosen.clear();
  }

  knows(product: Product, extent: Extent): boolean {
    return this.known.has(keyOf(product, extent));
  }

  /** Takes over what was measured, now or on an earlier visit. */
  learn(timing: Timing): void {
    this.known.set(keyOf(timing.product, timing), timing);
    this.chosen.clear();
  }

  forget(): void {
    this.known.clear();
    this.chosen.clear();
  }

  private guess({ rows }: Extent, possible: readonly Variant[]): Variant {
    const few: readonly Variant[] = rows <= 8 ? ['lanes'] : [];
    // Those that a person has turned on, once they have computed anything here: what is experimental may not even compile.
    const units: readonly Variant[] = this.timings.some(({ milliseconds }) => milliseconds.matrices)
      ? ['matrices']
      : [];
    // Barriers cost more than they save where the GPU is a CPU.
    const wanted: readonly Variant[] = this.software ? ['registers'] : [...few, ...units, 'tiles64', 'tiles128'];
    return wanted.find((variant) => possible.includes(variant)) ?? 'registers';
  }
}

function keyOf(product: Product, { rows, inputs, outputs }: Extent): string {
  return `${product} ${bucketOf(rows)} ${inputs} ${outputs}`;
}

/** Undefined when none of them was measured. */
export function fastest({ milliseconds }: Timing, among: readonly Variant[]): Variant | undefined {
  const took = (variant: Variant) => milliseconds[variant] ?? Number.POSITIVE_INFINITY;
  const best = among.toSorted((a, b) => took(a) - took(b))[0];
  return best && milliseconds[best] !== undefined ? best : undefined;
}
