/** Rows looked at by the engine whenever they change: twins at once, lengths once a model is there. */
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import type { SessionStore } from './session';
import type { Role, SessionState, Split } from './types';

const splits: readonly Split[] = ['train', 'test'];

/** Edits come one after the other, and letters of the system prompt faster: looking waits until they rest, ms. */
const REST = 250;

/** Whose tokens are counted: the teacher's, which learns first. */
export function counter({ models }: Pick<SessionState, 'models'>): Role | undefined {
  if (models.teacher.info) return 'teacher';
  return models.student.info ? 'student' : undefined;
}

/** Keeps what is known of the rows up to date while no stage runs. */
export function keepLooked(store: SessionStore, client: () => EngineClient): void {
  let twinsAsked = 0;
  let countsAsked = 0;

  const findTwins = async (): Promise<void> => {
    const number = ++twinsAsked;
    const { data } = store.getState();
    await quietly(async () => {
      const found = await client().findTwins();
      if (number !== twinsAsked) return;
      for (const split of splits) {
        const [twins, examples] = [found[split], data[split].dataset?.examples];
        if (twins && examples) store.getState().setData(split, { twins: { examples, found: twins } });
      }
    });
  };

  const count = async (): Promise<void> => {
    const number = ++countsAsked;
    const { data, recipe, setCounting } = store.getState();
    const role = counter(store.getState());
    if (!role) return;
    const current = (): boolean => number === countsAsked;
    await quietly(async () => {
      const progress = (done: number, total: number): void => {
        if (current()) setCounting({ done, total });
      };
      const found = await client().measureRows(role, recipe, progress);
      if (!current()) return;
      for (const split of splits) {
        const [lengths, examples] = [found[split], data[split].dataset?.examples];
        if (lengths && examples) store.getState().setData(split, { lengths: { examples, found: lengths } });
      }
    });
    if (current()) setCounting(undefined);
  };

  const twinsLater = resting(findTwins);
  const countLater = resting(count);
  store.subscribe((now, before) => {
    if (now.gpu.state !== 'open' || now.lost || now.running !== undefined) return;
    const fresh = differs(rowFacts, now, before);
    if (fresh) twinsLater();
    if (fresh || differs(lengthFacts, now, before)) countLater();
  });
}

type Facts = (state: SessionState) => readonly unknown[];

const rowFacts: Facts = ({ data, gpu, lost, running }) => [
  ...[data.train.dataset?.examples, data.test.dataset?.examples],
  ...[gpu.state, lost, running],
];

const lengthFacts: Facts = (state) => {
  const { models, recipe } = state;
  const role = counter(state);
  const { prompt, answer, labelPadding } = recipe.lengths;
  return [role && models[role].info, recipe.systemPrompt, prompt, answer, labelPadding];
};

function differs(facts: Facts, now: SessionState, before: SessionState): boolean {
  const old = facts(before);
  return facts(now).some((fact, i) => fact !== old[i]);
}

function resting(work: () => Promise<void>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, REST);
  };
}

/** Given up for something that goes first; it is asked for again when that has ended. */
const passing: ReadonlySet<string> = new Set(['busy', 'recounted', 'worker-closed', 'no-model']);

/** A model that cannot read the rows says so when a stage needs it: looking only shows less. */
async function quietly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!passing.has(toFailure(error).code)) console.warn(error);
  }
}
