/** What was measured, as lines and tables. */
import type { StepMetrics } from '../../../src/engine/studio';
import { median } from '../peers/contest';
import { type Kind, type Profile, total } from './profile';
import { settings } from './settings';

/** Share of the sum from which a kind has a line; all are in the file. */
const SHOWN = 0.004;

export interface StageResult {
  /** Milliseconds of each step, when it is awaited before the next is submitted, and with some submitted at once. */
  readonly awaited: readonly number[];
  readonly inFlight: readonly number[];
  /** Medians over the steps. */
  readonly flops: number;
  readonly tokens: number;
  readonly labels: number;
  readonly dispatches: number;
  readonly losses: readonly number[];
  readonly profile?: Profile;
}

export function stepsResult(awaited: readonly StepMetrics[], inFlight: readonly StepMetrics[]): StageResult {
  const of = (value: (step: StepMetrics) => number) => median(awaited.map(value));
  return {
    awaited: awaited.map(({ milliseconds }) => milliseconds),
    inFlight: inFlight.map(({ milliseconds }) => milliseconds),
    flops: of(({ work }) => work.flops),
    tokens: of(({ computedTokens }) => computedTokens),
    labels: of(({ labelTokens }) => labelTokens),
    dispatches: of(({ work }) => work.dispatches),
    losses: awaited.map(({ loss }) => loss),
  };
}

export function stepsLine(name: string, { awaited, inFlight, ...r }: StageResult): string {
  const speed = (times: readonly number[]) => {
    const milliseconds = median(times);
    return `${milliseconds.toFixed(1)} ms (${(r.flops / milliseconds / 1e9).toFixed(2)} TFLOP/s)`;
  };
  const work = `${(r.flops / 1e12).toFixed(3)} TFLOP, ${r.dispatches} dispatches, ${r.tokens} tokens, ${r.labels} labels`;
  const least = `fastest ${Math.min(...awaited).toFixed(1)} ms, loss ${r.losses.at(-1)?.toFixed(3)}`;
  return `${name}: awaited ${speed(awaited)}, ${settings.inFlight} in flight ${speed(inFlight)}; a step: ${work}; ${least}`;
}

export function profileTable(name: string, result: StageResult, { kinds, recorded, done, span }: Profile): string {
  const sum = kinds.reduce((all, kind) => all + total(kind), 0);
  const placed = kinds.reduce((all, { inStep }) => all + (inStep ?? 0), 0);
  const step = median(result.awaited);
  const shown = kinds.filter((kind) => total(kind) >= SHOWN * sum);
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const head = ['kernel', 'count', 'ms each', 'total ms', 'share %', 'GFLOP/s', 'GB/s', 'in step ms', 'sizes'];
  return [
    `${name}, kernels of a step:`,
    line(head),
    ...shown.map((kind) => line(cells(kind, sum))),
    `  ${kinds.length - shown.length} others: ${ms(sum - shown.reduce((all, kind) => all + total(kind), 0))}`,
    `kernels repeated: ${ms(sum)}; in their places: ${placed > 0 ? `${ms(placed)}, first to last ${ms(span ?? 0)}` : 'no timestamps'}`,
    `step awaited: ${ms(step)}, so ${ms(step - sum)} outside of kernels; one alone: ${ms(recorded)} until submitted, ${ms(done)} until done`,
  ].join('\n');
}

function cells(kind: Kind, sum: number): readonly string[] {
  const { kernel, sizes, count, flops, bytes, milliseconds, inStep } = kind;
  return [
    kernel,
    String(count),
    milliseconds.toFixed(4),
    total(kind).toFixed(2),
    ((100 * total(kind)) / sum).toFixed(1),
    (flops / milliseconds / 1e6).toFixed(0),
    (bytes / milliseconds / 1e6).toFixed(0),
    inStep?.toFixed(2) ?? '—',
    sizes,
  ];
}

function line([kernel, ...rest]: readonly string[]): string {
  const sizes = rest.pop();
  return `  ${kernel!.padEnd(52)} ${rest.map((cell) => cell.padStart(10)).join(' ')}  ${sizes}`;
}
