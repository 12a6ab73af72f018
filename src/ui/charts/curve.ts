/** One line of a chart. */
import { valueAt } from '../../store';
import type { Track } from './tracks';

/**
 * `raw`: thin and pale, every step; `line`: the strong one; `points`: joined dots, where something is measured now and
 * then; `test`: thinner ones beside a line; `level`: the newest value from edge to edge; `overlay`: another run.
 */
export type Look = 'raw' | 'line' | 'points' | 'test' | 'level' | 'overlay';

export interface Curve {
  /** The switches of the legend that this curve obeys: any of them hides it. */
  readonly keys: readonly string[];
  /** In the readout and in a table. */
  readonly name: string;
  /** Written at its end in a large chart. */
  readonly label?: string;
  /** A colour of tokens.css. */
  readonly colour: string;
  readonly look: Look;
  readonly dash?: readonly number[];
  /** Its points were measured, not averaged from others. */
  readonly measured: boolean;
  readonly track: Track;
  /** How sure the value at a step is, where that is known. */
  readonly interval?: (step: number) => Sureness | undefined;
}

/** Wilson's interval at 95 %. */
export interface Sureness {
  readonly low: number;
  readonly high: number;
  /** Rows that were asked. */
  readonly rows: number;
}

/** Drawn first, so that they lie behind; named last. */
export function overlaysLast(curves: readonly Curve[]): readonly Curve[] {
  const isOverlay = ({ look }: Curve): boolean => look === 'overlay';
  return [...curves.filter((curve) => !isOverlay(curve)), ...curves.filter(isOverlay)];
}

/** The value that the curve shows at a step: where it is measured now and then, the newest one until there. */
export function shownAt({ look, track: { column, extremes, newest } }: Curve, step: number): number | undefined {
  if (look === 'level') return newest;
  const sparse = look === 'points' || look === 'test' || extremes.present * 2 < column.length;
  if (!sparse) return valueAt(column, step);
  return step < column.length ? valueAt(column, extremes.before(step + 1)) : undefined;
}
