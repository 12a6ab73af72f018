/**
 * `npm run headless -- recipe.json [--resume [--skip-step] [--half-rate]] [--json]`: the engine without a window, on Dawn. Exit code 0 when every stage was
 * done, 1 when one failed or was stopped, 2 when the document cannot be used or there is nothing to resume. Ctrl-C stops at the
 * next step and keeps what is there; `--resume` goes on with it, whatever ended it (`change.ts`: otherwise than before).
 * `npm run headless -- selftest`: every kernel beside its float64 twin, on this machine's adapter (`selfTest.ts`).
 * `npm run headless -- vouch …`: an exported folder under our kernels and under onnxruntime-web (`vouch.ts`).
 * `npm run headless -- push <folder> <owner/name>`: a folder to a Hub (`push.ts`).
 * `npm run ledger -- …`: what a step would compute, without a GPU (`ledger.ts`).
 */
import { readFile } from 'node:fs/promises';
import { globals } from 'webgpu';
import { createStudioEngine, type Studio } from '../engine/engine';
import { StudioError } from '../engine/studioError';
import { type Change, changeOf, wayOn } from './change';
import { diskCheckpoints } from './checkpoints';
import { createDawn } from './dawn';
import { type Job, parseJob } from './job';
import { ledgerText } from './ledger';
import { threadLookout } from './lookout';
import { withRecovery } from './lost';
import { keptIn } from './output';
import { push } from './push';
import { type JobEvent, runJob } from './run';
import { temporaryScratch } from './scratch';
import { openSecond } from './second';
import { selfTest } from './selfTest';
import { lineOf } from './terminal';
import { vouchCommand } from './vouch';

Object.assign(globalThis, globals);
// Dawn's instance must outlive every device made from it: collecting it crashes the process.
const shared: { dawn?: GPU } = globalThis as { dawn?: GPU };

const usage =
  'Usage: npm run headless -- recipe.json [--resume [--skip-step] [--half-rate]] [--json], npm run headless -- selftest [--all] [--json], ' +
  'npm run headless -- vouch …, or npm run headless -- push <folder> <owner/name>';

async function readJob(file: string | undefined): Promise<Job> {
  if (file === undefined) throw new StudioError('no-document', usage);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StudioError('path-unreadable', `${file} cannot be read: ${reason}.`);
  }
  try {
    return parseJob(JSON.parse(text), file);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new StudioError('job-not-json', `${file} is not valid JSON: ${error.message}.`);
    throw error;
  }
}

async function main(args: readonly string[]): Promise<number> {
  const json = args.includes('--json');
  const failed = (error: unknown, code: number): number => {
    const message = error instanceof Error ? error.message : String(error);
    if (json)
      console.log(
        JSON.stringify({ type: 'error', code: error instanceof StudioError ? error.code : 'internal', message }),
      );
    console.error(message);
    const way = wayOn(error);
    if (way !== undefined) console.error(way);
    return code;
  };
  let job: Job;
  let change: Change;
  try {
    change = changeOf(args);
    job = await readJob(args.find((arg) => !arg.startsWith('--')));
  } catch (error) {
    return failed(error, 2);
  }
  shared.dawn = createDawn();
  const shelf = diskCheckpoints(keptIn(job.output));
  const lookout = threadLookout();
  const open = () => createStudioEngine(shared.dawn, undefined, temporaryScratch, openSecond, shelf, lookout);
  let engine: Studio | undefined;
  const stop = new AbortController();
  const end = (): void => {
    // Whoever asks twice does not want to wait for the step.
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
    engine?.stop();
    engine?.stopVouching();
  };
  // The second is how a machine asks that is to be shut down.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end);
  const tell = (event: JobEvent): void => {
    const line = json ? JSON.stringify(event) : lineOf(event);
    if (line !== undefined) console.log(line);
  };
  const attempt = ({ resume }: { resume: boolean }) => {
    engine = open();
    // Decided once: behind a card that was lost it holds already.
    const decided = change;
    change = undefined;
    return runJob(job, engine, tell, stop.signal, resume, decided);
  };
  try {
    const done = await withRecovery(attempt, args.includes('--resume'), { tell });
    if (!done && stop.signal.aborted) console.error('Stopped. The same command with --resume goes on from here.');
    return done ? 0 : 1;
  } catch (error) {
    return failed(error, error instanceof StudioError && error.code.startsWith('resume-') ? 2 : 1);
  }
}

async function ledger(args: readonly string[]): Promise<number> {
  try {
    console.log(await ledgerText(args));
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return error instanceof StudioError ? 2 : 1;
  }
}

async function compare(args: readonly string[]): Promise<number> {
  shared.dawn = createDawn();
  const engine = createStudioEngine(shared.dawn);
  process.on('SIGINT', () => engine.stopSelfTest());
  try {
    return (await selfTest(engine, args, (line) => console.log(line))) ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return error instanceof StudioError && error.code === 'no-self-test' ? 2 : 1;
  }
}

async function vouch(args: readonly string[]): Promise<number> {
  shared.dawn = createDawn();
  const engine = createStudioEngine(shared.dawn, undefined, undefined, openSecond);
  process.on('SIGINT', () => engine.stopVouching());
  try {
    return (await vouchCommand(engine, args, (line) => console.log(line))) ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return error instanceof StudioError && error.code === 'no-vouch' ? 2 : 1;
  }
}

async function pushFolder(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  process.on('SIGINT', () => stop.abort());
  try {
    await push(args, process.env, (line) => console.log(line), stop.signal);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return error instanceof StudioError && error.code === 'no-push' ? 2 : 1;
  }
}

const [command = '', ...rest] = process.argv.slice(2);
const others: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  ledger,
  selftest: compare,
  vouch,
  push: pushFolder,
};
process.exit(await (others[command]?.(rest) ?? main(process.argv.slice(2))));
