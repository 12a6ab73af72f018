/** How the workgroups of a projection share it, and the room that this takes: sums of split products, and matrices in halves. */
import type { Kernel } from './linearKernels';
import type { Recorder } from './recorder';
import type { Tensor } from './tensor';

/** Rows of a tile and terms of a stage of `linear.matrices`, to which the halves are padded. */
export const [HALVES_ROWS, HALVES_DEPTH] = [64, 32];

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
export function halvesOf(rec: Pick<Recorder, 'scratch'>, count: number, terms: readonly number[]): Halves | undefined {
  const rows = HALVES_ROWS * Math.ceil(count / HALVES_ROWS);
  const width = terms.reduce((sum, one) => sum + HALVES_DEPTH * Math.ceil(one / HALVES_DEPTH), 0);
  const room = rec.scratch('halves');
  const bytes = 4 * rows * width;
  if (4 * rows > SCALES_BYTES || SCALES_BYTES + bytes > room.bytes) return undefined;
  const values = { ...room, shape: [rows, width], offset: SCALES_BYTES, bytes: room.bytes - SCALES_BYTES };
  return { rows, values, scales: { ...room, shape: [rows], bytes: SCALES_BYTES } };
}

/** As lib/halving writes them. */
export const boundHalves = ({ values, scales }: Halves) => ({ newHalves: values, newScales: scales });

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
