/** A graphics card that is taken away in the middle of a job: said as what it is, and one attempt to go on with it. */
import type { Studio } from '../engine/engine';
import { StudioError } from '../engine/studioError';
import type { JobEvent } from './run';

/** A driver that crashes over and over would do so for hours. */
const BETWEEN_RECOVERIES = 120_000;
/** Until a driver is there again. */
const REST = 2000;
/** The loss is told by a promise of its own, which may come after the error of what it broke, or before it. */
const GRACE = 200;

/** Rejects with `gpu-lost` when the card is lost, with what goes wrong otherwise. */
export async function unlessLost<T>({ lost }: Pick<Studio, 'lost'>, work: () => Promise<T>): Promise<T> {
  const working = work();
  const outcome = await Promise.race([
    working.then(
      () => undefined,
      () => Promise.race([lost, sleep(GRACE)]),
    ),
    lost,
  ]);
  if (typeof outcome !== 'string') return working;
  // It ends by itself, as nothing on the card answers any more; what it tells meanwhile is of no use.
  await Promise.race([working.catch(() => {}), sleep(GRACE)]);
  throw gpuLost(outcome);
}

interface Attempt {
  readonly resume: boolean;
}

interface Recovery {
  readonly tell: (event: JobEvent) => void;
  /** Milliseconds. */
  readonly now?: () => number;
  readonly rest?: () => Promise<unknown>;
}

/**
 * Runs a job, and once more from its newest checkpoint when the card is lost: on a new engine, never twice within two minutes.
 * Rejects with `gpu-lost`, and what the job rejects with.
 */
export async function withRecovery<T>(
  attempt: (how: Attempt) => Promise<T>,
  resume: boolean,
  { tell, now = () => performance.now(), rest = () => sleep(REST) }: Recovery,
): Promise<T> {
  for (let [again, recovered] = [resume, Number.NEGATIVE_INFINITY]; ; again = true) {
    try {
      return await attempt({ resume: again });
    } catch (error) {
      if (!(error instanceof StudioError) || error.code !== 'gpu-lost') throw error;
      if (now() - recovered < BETWEEN_RECOVERIES) throw lostAgain(error);
      recovered = now();
      tell({ type: 'recovering', reason: String(error.detail.reason) });
      await rest();
    }
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function gpuLost(reason: string): StudioError {
  const message = `The graphics card was lost (${reason || 'the driver gives no reason'}). What was kept last can go on with --resume.`;
  return new StudioError('gpu-lost', message, { reason });
}

function lostAgain({ detail }: StudioError): StudioError {
  const message =
    `The graphics card was lost again within two minutes (${detail.reason || 'the driver gives no reason'}), so the job has ended. ` +
    'What was kept last can go on with --resume, with smaller batches if the card is short of memory or time.';
  return new StudioError('gpu-lost-again', message, detail);
}
