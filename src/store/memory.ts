/** The memory plan kept up to date, and what it says about the card that the person has. */
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import type { SessionStore } from './session';
import { remaining } from './stages';
import type { MemoryPlan, SessionState, Stage, StagePlan } from './types';

/** `tight`: the display and other programs want some of the card too. `unbound`: one tensor is too large for a binding. */
export type Verdict = 'fits' | 'tight' | 'exceeds' | 'unbound';

const GIB = 2 ** 30;
const TIGHT = 0.9;

/** `card` in GiB. */
export function verdict({ bytes, tooLarge }: Pick<StagePlan, 'bytes' | 'tooLarge'>, card: number): Verdict {
  if (tooLarge) return 'unbound';
  if (bytes > card * GIB) return 'exceeds';
  return bytes > TIGHT * card * GIB ? 'tight' : 'fits';
}

/** Without the control run, which nobody needs to start: it counts only when it is asked for. */
export function fullestStage(plan: MemoryPlan, includeControl: boolean): Stage | undefined {
  let fullest: Stage | undefined;
  for (const stage of ['baseline', 'sft', 'merge', 'distill', 'evaluate', 'control'] as const) {
    const at = plan[stage];
    if (!at || (stage === 'control' && !includeControl)) continue;
    const most = fullest && plan[fullest];
    if (!most || rank(at) > rank(most)) fullest = stage;
  }
  return fullest;
}

function rank({ bytes, tooLarge }: StagePlan): number {
  return tooLarge ? Number.MAX_VALUE : bytes;
}

type Facts = Pick<SessionState, 'memory' | 'stages' | 'recipe' | 'includeControl'>;

/** The first of these stages that the plan says cannot run on the card; of all that are left when none is given. */
export function misfit(facts: Facts, only?: Stage): Stage | undefined {
  const { plan, card } = facts.memory;
  const stages = only ? [only] : remaining(facts);
  return stages.find((stage) => {
    const at = plan?.[stage];
    return at && ['exceeds', 'unbound'].includes(verdict(at, card));
  });
}

/** Whether a plan made for `before` still holds for `now`. */
function same(now: SessionState, before: SessionState): boolean {
  const facts = ({ models, data, recipe, running, gpu, lost }: SessionState) => [
    ...[models.teacher.info, models.student.info, data.train.dataset, data.test.dataset],
    ...[recipe, running, gpu.state, lost],
  ];
  const old = facts(before);
  return facts(now).every((fact, i) => fact === old[i]);
}

/** Typing in a field changes it letter by letter: the plan waits until it rests, milliseconds. */
const REST = 250;

/** Asks for a new plan whenever what it depends on has changed and no stage runs. */
export function keepPlanned(store: SessionStore, client: () => EngineClient): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;

  const plan = async (): Promise<void> => {
    const { gpu, lost, running, recipe, setMemory } = store.getState();
    if (gpu.state !== 'open' || lost || running !== undefined) return;
    asked += 1;
    const number = asked;
    setMemory({ planning: true });
    try {
      const made = await client().plan(recipe);
      if (number === asked) setMemory({ plan: made, planning: false, problem: undefined });
    } catch (error) {
      if (number !== asked) return;
      const failure = toFailure(error);
      // A stage that was started meanwhile goes first; the plan is asked for again when it ends.
      const waits = ['busy', 'replanned', 'worker-closed'].includes(failure.code);
      setMemory(waits ? { planning: false } : { plan: undefined, planning: false, problem: failure });
    }
  };

  store.subscribe((now, before) => {
    if (same(now, before)) return;
    clearTimeout(timer);
    timer = setTimeout(plan, REST);
  });
}
