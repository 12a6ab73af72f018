/** The shaders that can compute a projection, and how their workgroups share it. */
import type { Recorder } from './recorder';
import type { Tensor } from './tensor';
import type { Product, Variant } from './variants';

export interface Kernel {
  /** Of the shader; undefined for the plain one. */
  readonly variant?: string;
  readonly constants?: Readonly<Record<string, number>>;
  /** Rows and columns of a workgroup. */
  readonly rows: number;
  readonly columns: number;
  /** Names of the weight's binding: how many words are read at once. */
  readonly forwardWeight: string;
  readonly backwardWeight: string;
  /** One element per invocation. */
  readonly single?: boolean;
  /** Of a kernel whose workgroups can share the terms of a tile. */
  readonly sharing?: {
    /** Workgroups that a large card has at work at once: with fewer tiles, several share the terms of one. */
    readonly crowd: number;
    /** Terms of a stage. */
    readonly depth: number;
  };
  /** Reads dy, and writes y, by vectors. */
  readonly wide?: boolean;
  /** Reads x (dy) as halves, and what belongs to adapters by vectors. */
  readonly halves?: boolean;
}

const LANES = 16;

/** Rows of a tile and terms of a stage of `linear.matrices`, to which the halves are padded. */
const [HALVES_ROWS, HALVES_DEPTH] = [64, 32];

const kernels: Readonly<Record<Variant | 'single' | 'quads', Kernel>> = {
  single: { rows: 8, columns: 8, forwardWeight: 'weightAny', backwardWeight: 'weightAny', single: true },
  registers: { rows: 64, columns: 64, forwardWeight: 'weight', backwardWeight: 'weightWide' },
  quads: { variant: 'quads', rows: 32, columns: 64, forwardWeight: 'weight', backwardWeight: 'weightWide' },
  lanes: {
    ...{ variant: 'lanes', constants: { LANES, TEAMS: 64 / LANES }, rows: 8, columns: (4 * 64) / LANES },
    ...{ forwardWeight: 'weightWide', backwardWeight: 'weightWide' },
  },
  tiles64: tiles('tiles64', 64, 512),
  tiles128: tiles('tiles128', 128, 256),
  matrices: {
    ...{ variant: 'matrices', rows: HALVES_ROWS, columns: 128, sharing: { crowd: 256, depth: HALVES_DEPTH } },
    ...{ forwardWeight: 'weightWide', backwardWeight: 'weightWide', halves: true, wide: true },
  },
};

function tiles(variant: string, side: number, crowd: number): Kernel {
  const sharing = { crowd, depth: 16 };
  return { variant, rows: side, columns: side, forwardWeight: 'weight', backwardWeight: 'weight', sharing, wide: true };
}

interface Part {
  /** [outputs, inputs] */
  readonly weight: Tensor;
}

export const inputsOf = (parts: readonly Part[]) => parts[0]!.weight.shape[1]!;

/** Widths that are no whole eights are for the plain shader, element by element. */
export function kernelOf(rec: Recorder, product: Product, rows: number, parts: readonly Part[]): Kernel {
  const inputs = inputsOf(parts);
  if (inputs % 8 !== 0) return kernels.single;
  const outputs = parts.reduce((sum, { weight }) => sum + weight.shape[0]!, 0);
  const variant = rec.variants.of(product, { rows, inputs, outputs });
  const kernel = kernels[variant === 'registers' && rec.variants.quads ? 'quads' : variant];
  return kernel.halves && !halvesOf(rec, rows, termsOf(product, parts)) ? kernels.tiles64 : kernel;
}

/** How many terms the sums of a product have: of each part going back, whose stages are its own. */
export function termsOf(product: Product, parts: readonly Part[]): readonly number[] {
  return product === 'forward' ? [inputsOf(parts)] : parts.map(({ weight }) => weight.shape[0]!);
}

/** Rows of a matrix in halves, and where they lie. */
export interface Halves {
  /** Padded to whole tiles. */
  readonly rows: number;
  /** [rows, 2, terms] f16; bound with all the room there is, as sums are. */
  readonly values: Tensor;
  /** [rows] */
  readonly scales: Tensor;
}

const SCALES_BYTES = 65_536;

/** Undefined where there is no room for them. */
export function halvesOf(rec: Recorder, count: number, terms: readonly number[]): Halves | undefined {
  const rows = HALVES_ROWS * Math.ceil(count / HALVES_ROWS);
  const width = terms.reduce((sum, one) => sum + HALVES_DEPTH * Math.ceil(one / HALVES_DEPTH), 0);
  const room = rec.scratch('halves');
  const bytes = 4 * rows * width;
  if (4 * rows > SCALES_BYTES || SCALES_BYTES + bytes > room.bytes) return undefined;
  const values = { ...room, shape: [rows, width], offset: SCALES_BYTES, bytes: room.bytes - SCALES_BYTES };
  return { rows, values, scales: { ...room, shape: [rows], bytes: SCALES_BYTES } };
}

/** Workgroups that share the terms of one tile. */
export interface Split {
  readonly count: number;
  /** Stages of each at most. */
  readonly stages: number;
  /** [count, rows, columns]; bound with all the room there is, so that batches of any size share bind groups. */
  readonly sums: Tensor;
}

/** Fewer terms than this are not worth sums of their own. */
const FEWEST_TERMS = 128;

const MOST_SPLITS = 16;

/** Undefined where there are tiles enough. */
export function splitOf(
  rec: Recorder,
  { sharing, rows: tileRows }: Kernel,
  { rows, columns, tiles: across }: { readonly rows: number; readonly columns: number; readonly tiles: number },
  terms: readonly number[],
): Split | undefined {
  if (!sharing) return undefined;
  const { depth } = sharing;
  const stages = terms.reduce((sum, count) => sum + Math.ceil(count / depth), 0);
  const wanted = Math.floor((rec.variants.crowd ?? sharing.crowd) / (across * Math.ceil(rows / tileRows)));
  const room = rec.scratch('sums');
  const fit = Math.floor(room.bytes / (4 * rows * columns));
  const most = Math.min(wanted, Math.floor((stages * depth) / FEWEST_TERMS), MOST_SPLITS, fit);
  if (most < 2) return undefined;
  const each = Math.ceil(stages / most);
  const count = Math.ceil(stages / each);
  return { count, stages: each, sums: { ...room, shape: [count, rows, columns] } };
}

/** Workgroups in x, y and z: tiles of the same rows one after the other, or by halves those of the same columns. */
export function gridOf({ rows: height, halves }: Kernel, across: number, rows: number, split: Split | undefined) {
  const [down, shares] = [Math.ceil(rows / height), split?.count ?? 1];
  return halves ? ([down, across, shares] as const) : ([across, down, shares] as const);
}

interface Pitched extends Part {
  /** Values from one row of y (dy) to the next, where it is not the number of outputs. */
  readonly pitch?: number | undefined;
}

interface Shaped extends Pitched {
  /** Of the adapter; 0 without one. */
  readonly rank: number;
}

const whole = (fit: boolean) => (fit ? 1 : 0);

/** For kernels that read dy or write y by vectors. */
export function vectorsOf(parts: readonly Pitched[]) {
  return { WHOLE_VECTORS: whole(parts.every(({ weight, pitch }) => (weight.shape[0]! | (pitch ?? 0)) % 4 === 0)) };
}

/** What a kernel is told of the sizes, so that it need not look where they are whole. */
export function constantsOf({ software }: Recorder, kernel: Kernel, parts: readonly Shaped[]) {
  return {
    ...kernel.constants,
    ...(kernel.wide && vectorsOf(parts)),
    ...(kernel.halves && {
      WHOLE_RANKS: whole(parts.every(({ rank }) => rank % 4 === 0)),
      WHOLE_STAGES: whole(inputsOf(parts) % HALVES_DEPTH === 0),
    }),
    ...(kernel.wide && !kernel.halves && { WRITTEN_OUT: software ? 0 : 1 }),
  };
}
