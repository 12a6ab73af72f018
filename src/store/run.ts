/** Running stages: starts them one at a time, carries their events into the session and the series. */
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import { answering } from './ask';
import { awaited } from './awaited';
import type { Watch } from './runs/keeper';
import { busySaving, isSaving } from './save';
import { isTrainingStage, type Series } from './series';
import type { SessionStore } from './session';
import { StageClock, type WorkingTime } from './stageClock';
import { missing, remaining, subjectsOf } from './stages';
import type { Evaluation, Failure, PhaseProgress, Recipe, Stage, StageEvent } from './types';

export interface Runner {
  run(stage: Stage): Promise<void>;
  /** Every stage that is not done, in order, until one is stopped or fails. */
  runAll(): Promise<void>;
  pause(): void;
  resume(): void;
  stop(): void;
  /** Undefined when no stage runs. */
  time(): WorkingTime | undefined;
}

const busy: Failure = { code: 'busy', message: 'A stage is already running.', detail: {} };
const stoppedEarly: Failure = {
  code: 'stopped-early',
  message: 'Stopped before the first step: nothing was learnt.',
  detail: {},
};

export function createRunner(
  store: SessionStore,
  series: Series,
  client: () => EngineClient,
  watch: Watch,
  now: () => number = () => performance.now(),
): Runner {
  let clock: StageClock | undefined;

  const enterPhase = (stage: Stage, phase: PhaseProgress): void => {
    const paused = phase.phase === 'paused';
    const { asked, ask, setStage, setPhase, stages, phase: before } = store.getState();
    clock?.enter(phase);
    if ((stages[stage].state === 'paused') !== paused) setStage(stage, { state: paused ? 'paused' : 'running' });
    if (asked === (paused ? 'pause' : 'resume')) ask('nothing');
    // A pause has no progress of its own: what was reached stays in sight.
    setPhase(paused && before ? { ...before, phase: 'paused' } : phase);
  };

  const addEvaluation = (stage: Stage, { judge, judgePattern }: Recipe, evaluation: Evaluation): void => {
    store.getState().addEvaluation({ ...evaluation, judged: { judge, judgePattern } });
    series.addEvaluation(stage, evaluation);
  };

  const listen = (stage: Stage, recipe: Recipe, event: StageEvent): void => {
    switch (event.type) {
      case 'phase':
        enterPhase(stage, { phase: event.phase, done: event.done, total: event.total });
        break;
      case 'step':
        if (event.metrics.step === 1) {
          replace(stage);
          // From now on there is a model that has learnt something.
          store.getState().setStage(stage, { steps: 1 });
        }
        clock?.step(event.metrics.step);
        if (isTrainingStage(stage)) series.addStep(stage, event.metrics);
        break;
      case 'evaluation':
        addEvaluation(stage, recipe, event.evaluation);
        break;
      case 'merged':
        store.getState().setMergeReport(event.report);
        break;
      case 'problems':
        store.getState().addUnfit(event.split, event.problems);
        break;
      case 'plan':
        store.getState().setHeld(stage, { planned: event.plan.bytes });
        break;
      case 'held':
        store.getState().setHeld(stage, { held: event.held });
        break;
      case 'work':
        store.getState().setStepWork({ stage, ops: event.ops });
        break;
      default:
        event satisfies never;
    }
  };

  const clear = (stage: Stage): void => {
    series.clearStage(stage);
    for (const subject of subjectsOf[stage]) series.clearSubject(subject);
  };

  const replace = (stage: Stage): void => {
    watch.replacing(stage);
    for (const undone of [stage, ...store.getState().replace(stage)]) clear(undone);
  };

  /** True when the stage came to its end and nobody asked to stop. */
  const runOne = async (stage: Stage): Promise<boolean> => {
    const state = store.getState();
    const before = state.stages[stage];
    const ticking = new StageClock(now);
    /** Ended before its first step: the result before it, if there is one, is still the engine's. */
    const keepsResult = (steps: number): boolean => isTrainingStage(stage) && steps === 0 && before.steps > 0;
    // The engine keeps a trained adapter until the new one has learnt a step; so does the page with its results.
    watch.starting(stage, state.recipe);
    if (!isTrainingStage(stage)) replace(stage);
    for (const split of ['train', 'test'] as const) state.setData(split, { unfit: [] });
    state.begin(stage);
    series.begin();
    clock = ticking;
    try {
      const { outcome, steps } = await client().run(stage, state.recipe, (event) => listen(stage, state.recipe, event));
      const { stage: milliseconds } = ticking.time();
      await watch.finishing(stage, steps);
      if (outcome === 'stopped' && steps === 0 && isTrainingStage(stage)) state.notify(stoppedEarly);
      if (outcome === 'stopped' && keepsResult(steps)) state.setStage(stage, before);
      else state.setStage(stage, { state: outcome, steps, milliseconds });
      return outcome === 'done' && store.getState().asked !== 'stop';
    } catch (error) {
      const failure = toFailure(error);
      const { steps } = ticking;
      const { stage: milliseconds } = ticking.time();
      await watch.finishing(stage, steps);
      if (keepsResult(steps)) state.setStage(stage, before);
      else state.setStage(stage, { state: 'failed', steps, milliseconds });
      if (failure.code !== 'worker-closed') state.notify(failure);
      return false;
    } finally {
      clock = undefined;
      state.end();
      watch.ended();
    }
  };

  const refused = (stage: Stage): boolean => {
    const state = store.getState();
    const needs = missing(state, stage);
    const waits = awaited(state);
    if (state.running !== undefined || state.runningAll) state.notify(busy);
    else if (isSaving(state.saving)) state.notify(busySaving);
    else if (state.inquiry) state.notify(answering);
    // The engine would refuse the start as well, but only after the result before it is gone from the page.
    else if (waits) state.notify(waits);
    else if (needs.length === 0) return false;
    else state.notify({ code: 'not-ready', message: `This stage still needs: ${needs.join(', ')}.`, detail: {} });
    return true;
  };

  const ask = (asked: 'pause' | 'resume' | 'stop'): void => {
    if (store.getState().running === undefined) return;
    store.getState().ask(asked);
    client()[asked]();
  };

  return {
    run: async (stage) => {
      if (!refused(stage)) await runOne(stage);
    },
    runAll: async () => {
      const { setRunningAll } = store.getState();
      const queue = remaining(store.getState());
      if (queue[0] === undefined || refused(queue[0])) return;
      setRunningAll(true);
      try {
        for (const stage of queue) if (!(await runOne(stage))) break;
      } finally {
        setRunningAll(false);
      }
    },
    pause: () => ask('pause'),
    resume: () => ask('resume'),
    stop: () => ask('stop'),
    time: () => clock?.time(),
  };
}
