/** Every kernel that this adapter can compute, on small odd shapes, beside the float64 twins of the tests. */
import { shaderSources } from '../../../shaders/index';
import { Gpu } from '../gpu/gpu';
import { fastest, type Variant, type Variants } from '../gpu/variants';
import { Bench } from './bench';
import { cases as adamw } from './cases/adamw';
import { cases as attention } from './cases/attention';
import { cases as checksum } from './cases/checksum';
import { cases as embedding } from './cases/embedding';
import { cases as gradNorm } from './cases/gradNorm';
import { cases as linear } from './cases/linear';
import { cases as logitGap } from './cases/logitGap';
import { cases as lora } from './cases/lora';
import { cases as loss } from './cases/loss';
import { cases as rmsNorm } from './cases/rmsNorm';
import { cases as rope } from './cases/rope';
import { cases as rows } from './cases/rows';
import { cases as sample } from './cases/sample';
import { cases as swiglu } from './cases/swiglu';
import { cases as weightShift } from './cases/weightShift';
import type { KernelCase, Results } from './kernelCase';
import type { KernelCheck, SelfTestProgress, SelfTestReport } from './report';
import { relativeError } from './tolerance';

/**
 * What the adapter can compute. A CPU adapter compiles kernels of graphics cards slowly and does not take them by itself:
 * they are left out there unless `all` is asked for.
 */
export function casesFor({ software, variants }: Gpu, all: boolean): readonly KernelCase[] {
  const taken = all || !software ? variants.usable : takenBy(variants);
  const rest = [rmsNorm, swiglu, rope, embedding, rows, loss, sample, gradNorm, adamw, logitGap, weightShift, checksum];
  const cases = [linear(taken, variants.quads), attention, lora, ...rest].flat();
  return all || !software ? cases : cases.filter((one) => one.software !== false);
}

/** What a CPU adapter takes for itself, what is forced, and what was measured to be fastest. */
function takenBy({ forced, timings, usable }: Variants): readonly Variant[] {
  const wanted = new Set(['registers', forced, ...timings.map((timing) => fastest(timing, usable))]);
  return usable.filter((variant) => wanted.has(variant));
}

export interface Watch {
  readonly stopped: () => boolean;
  readonly tell: (progress: SelfTestProgress) => void;
  readonly now: () => number;
}

/** One after the other on the device of `gpu`. Nothing that it took is held afterwards. */
export async function runSelfTest(
  gpu: Gpu,
  cases: readonly KernelCase[],
  { stopped, tell, now }: Watch,
): Promise<SelfTestReport> {
  const started = now();
  const checks: KernelCheck[] = [];
  const flavours = flavoursOf(gpu);
  const say = (next: KernelCase | undefined) =>
    tell({ done: checks.length, total: cases.length, next: next && nameOf(next), check: checks.at(-1) });
  try {
    for (const one of cases) {
      if (stopped()) break;
      say(one);
      checks.push(await check(flavours.of(one), one));
    }
    say(undefined);
  } finally {
    flavours.destroy();
  }
  return { checks, total: cases.length, stopped: checks.length < cases.length, milliseconds: now() - started };
}

/** Kernels of their own on the device: what a person has forced, and what is compiled for the models, stay as they are. */
function flavoursOf({ device, software: usual }: Gpu) {
  const made = new Map<boolean, Gpu>();
  return {
    of: ({ software = usual }: KernelCase): Gpu => {
      const gpu = made.get(software) ?? new Gpu(device, shaderSources, software);
      made.set(software, gpu);
      return gpu;
    },
    destroy: (): void => {
      for (const gpu of made.values()) gpu.destroy();
    },
  };
}

/** Its errors are its own: they reach nobody else who listens to the device. */
async function check(gpu: Gpu, one: KernelCase): Promise<KernelCheck> {
  const about = { ...nameOf(one), shape: one.shape, tolerance: one.tolerance };
  const bench = new Bench(gpu);
  for (const filter of filters) gpu.device.pushErrorScope(filter);
  const compared = async () => largestError(await one.compute(bench), one.expected());
  const [outcome] = await Promise.allSettled([compared()]);
  const refusals = await Promise.all(filters.map(() => gpu.device.popErrorScope()));
  bench.destroy();
  const refusal = refusals.find((error) => error !== null)?.message;
  if (refusal !== undefined) return { ...about, error: Number.NaN, passed: false, problem: refusal };
  if (outcome.status === 'rejected')
    return { ...about, error: Number.NaN, passed: false, problem: firstLine(outcome.reason) };
  const error = outcome.value;
  // Not a number is not below anything.
  return { ...about, error, passed: error <= one.tolerance, problem: undefined };
}

const filters = ['validation', 'out-of-memory', 'internal'] as const;

/** A kernel that does not compile is followed by its source. */
function firstLine(reason: unknown): string {
  return (reason instanceof Error ? reason.message : String(reason)).split('\n')[0]!;
}

function largestError(actual: Results, expected: Results): number {
  const errors = Object.entries(expected).map(([name, values]) => relativeError(actual[name]!, values));
  return errors.some(Number.isNaN) ? Number.NaN : Math.max(...errors);
}

function nameOf({ op, entry, variant }: KernelCase) {
  return { op, entry, variant };
}
