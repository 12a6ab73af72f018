/** Columns of different length beside one common axis of steps. */
import type { Column } from '../../store';

export function stepsUpTo(columns: readonly Column[]): number[] {
  const length = Math.max(0, ...columns.map((column) => column.length));
  return Array.from({ length }, (_, step) => step);
}

/** Filled with gaps to `length`; on a log axis what is not above 0 is a gap. */
export function fitted(column: Column, length: number, log = false): (number | null)[] {
  return Array.from({ length }, (_, i) => {
    const value = column[i] ?? null;
    return log && value !== null && value <= 0 ? null : value;
  });
}

export function filled(column: Column): number {
  return column.reduce<number>((count, value) => (value === null ? count : count + 1), 0);
}

/** The newest value at or before the step. */
export function valueAt(column: Column, step: number): number | undefined {
  for (let i = Math.min(step, column.length - 1); i >= 0; i--) {
    const value = column[i];
    if (value != null) return value;
  }
  return undefined;
}
