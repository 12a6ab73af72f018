/** Curves as they are kept: whatever columns the series has, each a list of numbers and gaps. */
import * as v from 'valibot';
import { complete, gap, type SeriesData, type TrainingStage, valueAt } from './seriesData';

/** A gap is NaN; null as JSON has it, and as earlier versions kept it. */
const point = v.pipe(
  v.union([v.number(), v.nan(), v.null()]),
  v.transform((value) => value ?? gap),
);
const column = v.array(point);
const columns = v.record(v.string(), column);
const schema = v.object({
  curves: v.record(v.string(), columns),
  accuracy: columns,
  accuracyRows: v.exactOptional(columns),
});

/** What an earlier version did not measure yet is empty; undefined for what are no curves. */
export function readCurves(value: unknown): SeriesData | undefined {
  const result = v.safeParse(schema, value);
  return result.success ? complete(result.output) : undefined;
}

/** The newest value of a column, and its index, which is the step. */
export function lastOf(column: readonly number[]): { readonly step: number; readonly value: number } | undefined {
  const step = column.findLastIndex((value) => !Number.isNaN(value));
  const value = valueAt(column, step);
  return value === undefined ? undefined : { step, value };
}

/** Steps that a stage has taken, by its curve. */
export function stepsIn(data: SeriesData, stage: TrainingStage): number {
  return lastOf(data.curves[stage].loss)?.step ?? 0;
}
