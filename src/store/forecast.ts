/**
 * How long a stage will take, by how long it took the last time on this card: milliseconds per row and million
 * parameters, remembered between visits. Without a last time, or with other evaluations, nothing is said.
 */
import * as v from 'valibot';
import type { SessionStore } from './session';
import type { SessionState, Stage } from './types';
import { plannedSteps } from './warmup';

type Facts = Pick<SessionState, 'recipe' | 'data' | 'models'>;

/** Optimizer steps of a training stage over the rows that are loaded; 0 of any other stage. */
export function stepsOf({ recipe, data }: Pick<Facts, 'recipe' | 'data'>, stage: Stage): number {
  const rows = data.train.dataset?.examples.length ?? 0;
  if (stage === 'sft') return plannedSteps(rows, recipe.sft);
  return stage === 'distill' || stage === 'control' ? plannedSteps(rows, recipe.distill) : 0;
}

/** Rows times millions of parameters that the stage sends through its models; undefined until all of it is loaded. */
export function workOf({ recipe, data, models }: Facts, stage: Stage): number | undefined {
  const train = data.train.dataset?.examples.length;
  const test = data.test.dataset?.examples.length;
  const [teacher, student] = [models.teacher.info?.parameters, models.student.info?.parameters];
  if (!train || !test || !teacher || !student) return undefined;
  const rows: Readonly<Record<Stage, number>> = {
    baseline: test * (teacher + student),
    sft: train * recipe.sft.epochs * teacher,
    merge: test * teacher,
    distill: train * recipe.distill.epochs * (teacher + student),
    evaluate: test * (teacher + student),
    control: train * recipe.distill.epochs * student,
  };
  return rows[stage] / 1e6;
}

type Paces = SessionState['paces'];

/** Where paces are remembered, by card; `localStorage` in the page. */
export interface PaceShelf {
  get(card: string): Paces;
  set(card: string, paces: Paces): void;
}

/** Remembers how long every stage took that came to its end, and tells it of the next one. */
export function keepForecast(store: SessionStore, shelf: PaceShelf): void {
  const card = ({ gpu }: SessionState): string | undefined =>
    gpu.state === 'open' ? [gpu.facts.vendor, gpu.facts.architecture, gpu.facts.description].join(' ') : undefined;
  store.subscribe((now, before) => {
    const name = card(now);
    if (name === undefined) return;
    if (now.gpu !== before.gpu) store.setState({ paces: shelf.get(name) });
    const ended = before.running !== undefined && now.running === undefined ? before.running : undefined;
    const record = ended && now.stages[ended];
    if (!ended || !record || now.ended !== 'done') return;
    const work = workOf(now, ended);
    if (!work || record.milliseconds <= 0) return;
    const paces = { ...now.paces, [ended]: { perRow: record.milliseconds / work, evaluation: evaluationOf(now) } };
    shelf.set(name, paces);
    store.setState({ paces });
  });
}

/** Milliseconds that the stage is expected to take; undefined before it has run so on this card. */
export function forecast(state: SessionState, stage: Stage): number | undefined {
  const pace = state.paces[stage];
  const work = workOf(state, stage);
  if (pace === undefined || work === undefined || pace.evaluation !== evaluationOf(state)) return undefined;
  return pace.perRow * work;
}

function evaluationOf({ recipe }: Pick<SessionState, 'recipe'>): string {
  return JSON.stringify(recipe.evaluation);
}

const perRow = v.pipe(v.number(), v.finite(), v.minValue(0));
const pace = v.exactOptional(v.object({ perRow, evaluation: v.string() }));
const stored = v.object({ baseline: pace, sft: pace, merge: pace, distill: pace, evaluate: pace, control: pace });

/** In the browser's storage; what cannot be read or kept is not remembered. */
export function browserShelf(storage: () => Storage): PaceShelf {
  const key = (card: string): string => `distillery.pace ${card}`;
  return {
    get: (card) => {
      try {
        return v.parse(stored, JSON.parse(storage().getItem(key(card)) ?? '{}'));
      } catch {
        return {};
      }
    },
    set: (card, paces) => {
      try {
        storage().setItem(key(card), JSON.stringify(paces));
      } catch {
        // Storage may be forbidden or full: the forecast then holds until the page is closed.
      }
    },
  };
}
