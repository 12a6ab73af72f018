/** `metrics.jsonl`: one step a line, then one evaluation a line without its answers; and read back. */
import { type Column, complete, padTo, type SeriesData, trainingStages, valueAt } from '../runs/seriesData';
import type { WholeRun } from '../runs/wholeRun';

type Line = Readonly<Record<string, unknown>>;

/** Of a step: its stage, its number, and every column that has a value there. Of an evaluation: its subject and all its figures. */
export function metrics({ curves, evaluations }: Pick<WholeRun, 'curves' | 'evaluations'>): readonly Line[] {
  return [...steps(curves), ...evaluations.map(({ answers: _, worst: __, ...measured }) => measured)];
}

function steps({ curves }: Pick<SeriesData, 'curves'>): readonly Line[] {
  return trainingStages.flatMap((stage) => {
    const columns = Object.entries(curves[stage]);
    const length = Math.max(0, ...columns.map(([, column]) => column.length));
    return Array.from({ length }, (_, step) => {
      const values = columns.map(([name, column]) => [name, valueAt(column, step)] as const);
      const measured = values.filter(([, value]) => value !== undefined);
      return measured.length > 0 ? { stage, step, ...Object.fromEntries(measured) } : undefined;
    }).filter((line) => line !== undefined);
  });
}

/** A step is the length of its column: no file may ask for more memory than any run needs, in one column or in all. */
const mostSteps = 1_000_000;
const mostGaps = 4_000_000;

/** The columns that `metrics` wrote; what is no figure of a step or of an evaluation is passed over. */
export function seriesFrom(lines: readonly unknown[]): SeriesData {
  const data = complete({});
  const put = filling();
  for (const line of lines) if (isLine(line)) take(data, line, put);
  return data;
}

type Put = ReturnType<typeof filling>;

function take({ curves, accuracy, accuracyRows }: SeriesData, line: Line, put: Put): void {
  const { stage, subject, step } = line;
  if (typeof step !== 'number' || !Number.isInteger(step) || step < 0 || step > mostSteps) return;
  const columns = columnsOf(curves, stage);
  if (columns) for (const [name, column] of Object.entries(columns)) put(column, step, line[name]);
  const { correct, rows } = line;
  if (typeof correct !== 'number' || typeof rows !== 'number' || rows <= 0) return;
  put(columnsOf(accuracy, subject), step, correct / rows);
  put(columnsOf(accuracyRows, subject), step, rows);
}

function columnsOf<T extends object>(named: T, name: unknown): T[keyof T] | undefined {
  return typeof name === 'string' && Object.hasOwn(named, name) ? named[name as keyof T] : undefined;
}

/** Puts values into columns. Steps that are left out before one are gaps; beyond so many in all, what would make more is passed over. */
function filling() {
  let gaps = 0;
  return (column: Column | undefined, index: number, value: unknown): void => {
    if (!column || typeof value !== 'number' || !Number.isFinite(value)) return;
    const more = Math.max(0, index - column.length);
    if (gaps + more > mostGaps) return;
    gaps += more;
    padTo(column, index);
    column[index] = value;
  };
}

function isLine(value: unknown): value is Line {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
