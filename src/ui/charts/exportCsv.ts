/** A chart as a table: every step in sight that has a value, with all its digits. */
import { valueAt } from '../../store';
import { type Curve, overlaysLast } from './curve';
import type { Window } from './scene';

export function chartCsv(stepName: string, curves: readonly Curve[], { from, to }: Window): string {
  const columns = overlaysLast(curves).flatMap(columnsOf);
  const lines = [[stepName, ...columns.map(({ name }) => quoted(name))].join(',')];
  for (let step = Math.max(0, Math.ceil(from)); step <= to; step++) {
    const values = columns.map(({ at }) => at(step));
    if (values.some((value) => value !== undefined))
      lines.push([step, ...values.map((value) => value ?? '')].join(','));
  }
  return `${lines.join('\n')}\n`;
}

interface Field {
  readonly name: string;
  readonly at: (step: number) => number | undefined;
}

function columnsOf({ name, track, interval }: Curve): readonly Field[] {
  const value: Field = { name, at: (step) => valueAt(track.column, step) };
  if (!interval) return [value];
  return [
    value,
    { name: `${name} n`, at: (step) => interval(step)?.rows },
    { name: `${name} 95% low`, at: (step) => interval(step)?.low },
    { name: `${name} 95% high`, at: (step) => interval(step)?.high },
  ];
}

function quoted(name: string): string {
  return /[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
