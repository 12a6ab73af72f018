/**
 * The engine is lost while a stage runs: its card was taken away, or its worker ended. It is opened again once, by itself, and the
 * stage goes on. Browsers take WebGPU from an address whose page loses the card again and again within two minutes: a second
 * time is for the person to decide.
 */
import type { Runner } from './run';
import type { SessionStore } from './session';
import type { Failure, SessionState, Stage } from './types';

/** Milliseconds in which a driver that was reset, or the browser's own process for the card, is there again. */
const PATIENCE = 3000;
const BETWEEN = 2 * 60_000;

export type RecoveryPhase = 'waiting' | 'opening' | 'going-on';

/** What the page does must not be put to sleep: a stage computes, or one that was lost is on its way back. */
export function isAtWork({
  running,
  stages,
  recovery,
}: Pick<SessionState, 'running' | 'stages' | 'recovery'>): boolean {
  return recovery !== undefined || (running !== undefined && stages[running].state !== 'paused');
}

export interface RecoveryContext {
  readonly store: SessionStore;
  readonly runner: Pick<Runner, 'runAll' | 'goOn' | 'pause'>;
  /** A new engine with the models and rows of the one before; where there is none, `lost` stays, and why is told. */
  readonly restart: () => Promise<void>;
  readonly wait?: (milliseconds: number) => Promise<void>;
  readonly now?: () => number;
}

/** Milliseconds that the loss of a card may come after the failure of what it broke: it is told by itself. */
const GRACE = 200;
const unexplained: ReadonlySet<string> = new Set(['internal', 'not-computed']);

/** The loss that is behind the failure of a stage, where there is one; else the failure. */
export async function behind(failure: Failure, lost: Promise<Failure> | undefined): Promise<Failure> {
  if (!lost || !unexplained.has(failure.code)) return failure;
  return Promise.race([lost, new Promise<Failure>((resolve) => setTimeout(resolve, GRACE, failure))]);
}

/** What is to be done when the engine is lost; the failure has been told. */
export function createRecovery({ store, runner, restart, ...clock }: RecoveryContext): () => Promise<void> {
  const { now = () => performance.now(), wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms)) } = clock;
  let last = Number.NEGATIVE_INFINITY;

  return async () => {
    const { running: stage, runningAll: all, asked, stages } = store.getState();
    if (stage === undefined) return;
    // What the person wanted of the stage holds for the one that goes on.
    const stops = asked === 'stop';
    const rests = asked === 'pause' || (stages[stage].state === 'paused' && asked !== 'resume');
    if (now() - last < BETWEEN) return replace(store, lostAgain, news);
    last = now();
    const enter = (phase: RecoveryPhase) => store.getState().setRecovery({ phase, stage });
    try {
      enter('waiting');
      await ended(store);
      await wait(PATIENCE);
      enter('opening');
      await restart();
      if (store.getState().lost) return;
      if (stops) return replace(store, opened);
      enter('going-on');
      replace(store, recovered(stage));
    } finally {
      store.getState().setRecovery(undefined);
    }
    const over = all ? runner.runAll() : runner.goOn(stage);
    if (rests) runner.pause();
    await over;
  };
}

/** The stage that was lost has said so, and what the page shows of it is kept. */
function ended(store: SessionStore): Promise<void> {
  const over = ({ running, runningAll }: { running: Stage | undefined; runningAll: boolean }) =>
    !running && !runningAll;
  return new Promise((resolve) => {
    if (over(store.getState())) return resolve();
    const forget = store.subscribe((state) => {
      if (!over(state)) return;
      forget();
      resolve();
    });
  });
}

const loss: ReadonlySet<string> = new Set(['device-lost', 'worker-crash']);
const news: ReadonlySet<string> = new Set(['recovered', 'opened-again']);

/** What was said has become another sentence. */
function replace(store: SessionStore, said: Failure, before = loss): void {
  const { notices, dismiss, notify } = store.getState();
  for (const { id, failure } of notices) if (before.has(failure.code)) dismiss(id);
  notify(said);
}

const lostAgain: Failure = {
  code: 'lost-again',
  message:
    'The engine was lost twice within two minutes, so it is not opened again by itself: browsers take the graphics card from a page that goes on trying. What was kept stays. Close what else uses the card, wait a little, and restart the engine.',
  detail: {},
};

export const notRecovered: Failure = {
  code: 'not-recovered',
  message:
    'The engine could not be opened again. What was kept stays. A browser that has taken the card away twice gives it back after about two minutes: restart the engine then, or load the page again.',
  detail: {},
};

const opened: Failure = {
  code: 'opened-again',
  message: 'The engine was lost while the stage was being stopped, and has been opened again. What was kept can go on.',
  detail: {},
};

function recovered(stage: Stage): Failure {
  const message = 'The engine was lost and has been opened again: the stage goes on from what was kept.';
  return { code: 'recovered', message, detail: { stage } };
}
