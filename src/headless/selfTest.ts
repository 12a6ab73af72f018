/**
 * `npm run headless -- selftest [--all] [--json]`: every kernel that this machine's adapter takes beside its float64 twin.
 * `--all`: on a CPU adapter, kernels of graphics cards as well. Exit code 0 when all agree, 1 when one does not or it was
 * stopped.
 */
import { parseArgs } from 'node:util';
import type { AdapterFacts } from '../engine/gpu/device';
import type { KernelCheck, SelfTestReport, StudioEngine } from '../engine/studio';
import { StudioError } from '../engine/studioError';

const usage = 'Usage: npm run headless -- selftest [--all] [--json]';
const options = { all: { type: 'boolean' }, json: { type: 'boolean' } } as const;

/** Whether all kernels agree; `print` gets a line for each as it comes. Throws a StudioError on other arguments. */
export async function selfTest(
  engine: Pick<StudioEngine, 'open' | 'selfTest'>,
  args: readonly string[],
  print: (line: string) => void,
): Promise<boolean> {
  const { all = false, json = false } = parsed(args);
  const facts = await engine.open();
  if (!json) print(headOf(facts));
  const report = await engine.selfTest({ all }, ({ check }) => {
    if (check && !json) print(lineOf(check));
  });
  print(json ? JSON.stringify({ adapter: facts, ...report }, null, 2) : summaryOf(report));
  return !report.stopped && report.checks.every(({ passed }) => passed);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new StudioError('no-self-test', `${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

const columns = (kernel: string, shape: string, error: string, tolerance: string) =>
  `${kernel.padEnd(36)}${shape.padEnd(22)}${error.padStart(10)}${tolerance.padStart(12)}`;

function headOf({ vendor, architecture, description }: AdapterFacts): string {
  const adapter = [vendor, architecture, description].filter(Boolean).join(' · ');
  return `${adapter}\n${columns('kernel', 'shape', 'error', 'tolerance')}`;
}

function lineOf({ op, entry, variant, shape, error, tolerance, passed, problem }: KernelCheck): string {
  const kernel = [`${op}.${entry}`, variant].filter(Boolean).join(', ');
  const line = columns(kernel, shape, error.toExponential(1), tolerance.toExponential(0));
  return `${line}  ${passed ? 'agrees' : ['DIFFERS', problem].filter(Boolean).join(': ')}`;
}

function summaryOf({ checks, total, stopped, milliseconds }: SelfTestReport): string {
  const agreed = checks.filter(({ passed }) => passed).length;
  const seconds = (milliseconds / 1000).toFixed(1);
  const counted = stopped
    ? `${checks.length} of ${total} kernels were compared before the stop, and ${agreed}`
    : agreed;
  return `${counted} of ${checks.length} kernels agree with their twins, ${seconds} s.`;
}
