/** A headless job as a process of its own, told of line by line, and killed in the middle as by a crash: it is not asked. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { JobEvent } from '../../../src/headless/run';

export type Told = JobEvent | { readonly type: 'error'; readonly code: string; readonly message: string };

const outDir = 'test-results/headless';

/** What `npm run headless` runs; `HEADLESS` names one that is built. */
export async function buildHeadless(): Promise<string> {
  if (process.env.HEADLESS) return process.env.HEADLESS;
  const { build } = await import('vite');
  await build({ mode: 'headless', logLevel: 'error', build: { outDir } });
  return `${outDir}/headless.mjs`;
}

interface Ended {
  readonly told: readonly Told[];
  /** Undefined when it was killed. */
  readonly code: number | undefined;
}

/** `kill` is asked after every event; the process dies so many milliseconds after the first answer. */
export function runProcess(
  program: string,
  args: readonly string[],
  kill: (event: Told) => number | undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const told: Told[] = [];
  let dying = false;
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    // A line that was cut by the kill says nothing.
    if (!line.startsWith('{') || !line.endsWith('}')) return;
    const event: Told = JSON.parse(line);
    told.push(event);
    const wait = dying ? undefined : kill(event);
    if (wait === undefined) return;
    dying = true;
    setTimeout(() => child.kill('SIGKILL'), wait);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal !== null && signal !== 'SIGKILL') reject(new Error(`ended by ${signal}: ${complaint}`));
      else resolve({ told, code: code ?? undefined });
    });
  });
}
