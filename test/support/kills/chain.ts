/** A job that is killed again and again, each time at another moment, and goes on until it is done. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Results, resultsIn, writeJob } from './job';
import { cut, type Draw, type Kind, momentFor, type Order } from './moments';
import { runProcess, type Told } from './process';

export interface Kill {
  readonly kind: Kind;
  /** What was told last before it. */
  readonly moment: string;
  /** Steps that were done and had to be done again. */
  repeated: number;
}

interface Chain {
  readonly program: string;
  readonly folder: string;
  readonly tested: boolean;
  readonly draw: Draw;
  /** The next kill; undefined when the job may end. */
  readonly next: () => Order | undefined;
  /** A job that was begun (`beginJob`), to go on from. */
  readonly begun?: string | undefined;
}

/** The last step that a process computed itself, and the kill that ended it. */
interface Reached {
  readonly stage: string;
  readonly step: number;
  readonly kill?: Kill;
}

/**
 * A job that is ended as soon as it has noted which kernels compute it. On a card every process measures that anew, and other
 * kernels round otherwise: jobs that are compared go on from one beginning.
 */
export async function beginJob({ program, folder, tested }: Pick<Chain, 'program' | 'folder' | 'tested'>) {
  const { told } = await runProcess(program, [writeJob(folder, tested)], (event) =>
    event.type === 'opened' && event.what === 'train' ? 0 : undefined,
  );
  const gpu = told.find((event) => event.type === 'opened');
  if (gpu?.type !== 'opened') throw new Error(`nothing was opened: ${JSON.stringify(told.at(-1))}`);
  return { software: gpu.detail.software === true, description: String(gpu.detail.description) };
}

/** The kills that came before the end, and what the job has left. */
export async function runChain({ program, folder, tested, draw, next, begun }: Chain): Promise<{
  readonly kills: readonly Kill[];
  readonly results: Results;
}> {
  rmSync(folder, { recursive: true, force: true });
  const recipe = writeJob(folder, tested);
  if (begun) cpSync(join(begun, 'out'), join(folder, 'out'), { recursive: true });
  const kills: Kill[] = [];
  let lost: Reached | undefined;
  let resume = begun !== undefined;
  for (;;) {
    const order = next();
    const { told, code } = await runProcess(program, [recipe, ...(resume ? ['--resume'] : [])], momentFor(order, draw));
    if (lost?.kill) lost.kill.repeated = Math.max(0, lost.step - (goesOnFrom(told, lost.stage) ?? lost.step));
    if (code === 0) return { kills, results: resultsIn(folder) };
    if (code === undefined) {
      const kill: Kill = { kind: order?.kind ?? 'kill', moment: momentOf(told), repeated: 0 };
      kills.push(kill);
      cut(join(folder, 'out', 'checkpoints'), kill.kind, draw);
      const reached = reachedIn(told);
      if (reached) lost = { ...reached, kill };
    } else if (!isNothing(told.at(-1))) throw new Error(`exit code ${code}: ${JSON.stringify(told.at(-1))}`);
    // Killed before it had begun anything, it has nothing to go on from.
    resume = code === undefined;
  }
}

const isNothing = (last: Told | undefined) => last?.type === 'error' && last.code === 'resume-nothing';

function reachedIn(told: readonly Told[]): Reached | undefined {
  let reached: Reached | undefined;
  let known = 0;
  for (const each of told) {
    if (each.type === 'stage-end') known = 0;
    if (each.type !== 'stage') continue;
    if (each.event.type === 'resumed') known = each.event.step;
    if (each.event.type === 'step' && each.event.metrics.step > known)
      reached = { stage: each.stage, step: each.event.metrics.step };
  }
  return reached;
}

/** The step behind which a process goes on in this stage; undefined where it did not come to that, or the stage was done. */
function goesOnFrom(told: readonly Told[], stage: string): number | undefined {
  for (const each of told) {
    if (each.type === 'begun-anew' && each.stage === stage) return 0;
    if (each.type === 'stage' && each.stage === stage && each.event.type === 'resumed') return each.event.step;
  }
  return undefined;
}

function momentOf(told: readonly Told[]): string {
  const last = told.at(-1);
  if (last?.type === 'stage') {
    const { event } = last;
    if (event.type === 'step') return `${last.stage}, step ${event.metrics.step}`;
    return `${last.stage}, ${event.type === 'phase' ? event.phase : event.type}`;
  }
  if (last?.type === 'saving' || last?.type === 'saved') return `${last.type} ${last.artifact}`;
  return last?.type ?? 'start';
}
