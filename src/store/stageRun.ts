/** One stage from its start to its end. What was there before stays until the stage has something to put in its place. */
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import type { GoingOn } from './checkpoints';
import { behind } from './recovery';
import type { Watch } from './runs/keeper';
import { isTrainingStage, type Series } from './series';
import type { SessionStore } from './session';
import { StageClock, type WorkingTime } from './stageClock';
import { isOnlyShown, restates, subjectsOf } from './stages';
import type { Evaluation, Failure, PhaseProgress, Stage, StageEnd, StageEvent, StageRecord } from './types';

export interface Stagecraft {
  readonly store: SessionStore;
  readonly series: Series;
  readonly watch: Watch;
  /** Milliseconds. */
  readonly now: () => number;
}

const stoppedEarly: Failure = {
  code: 'stopped-early',
  message: 'Stopped before the first step: nothing was learnt.',
  detail: {},
};

/** The engine is no longer there: it holds nothing of what it did. */
const gone: ReadonlySet<string> = new Set(['device-lost', 'worker-crash']);

/** Said of a checkpoint, until one is written. */
const unwritten: ReadonlySet<string> = new Set(['checkpoint-full', 'checkpoint-failed']);

export class StageRun {
  private readonly page: Stagecraft;
  private readonly stage: Stage;
  private readonly before;
  private readonly clock: StageClock;
  private readonly goingOn: GoingOn | undefined;
  /** Of the checkpoints of a training stage. */
  private readonly key: string | undefined;
  private taken = false;
  private replaced = false;
  /** What was trained lies where a page that is loaded again finds it. */
  private safe = false;
  private ended: StageEnd = 'failed';

  /** `goingOn`: with the settings and under the key that it had. */
  constructor(page: Stagecraft, stage: Stage, goingOn?: GoingOn) {
    const state = page.store.getState();
    const { stages, memory } = state;
    const recipe = goingOn?.recipe ?? state.recipe;
    this.goingOn = goingOn;
    this.key = isTrainingStage(stage) ? (goingOn?.key ?? crypto.randomUUID()) : undefined;
    this.page = page;
    this.stage = stage;
    this.before = { recipe, record: stages[stage], held: memory.held, restates: restates(state, stage) };
    this.clock = new StageClock(page.now, isTrainingStage(stage));
  }

  time(): WorkingTime {
    return this.clock.time();
  }

  /** True when the stage came to its end and nobody asked to stop. */
  async run(client: () => EngineClient): Promise<boolean> {
    const { stage, before } = this;
    const { store, watch } = this.page;
    const state = store.getState();
    watch.starting(stage, before.recipe, this.goingOn !== undefined);
    state.begin(stage, this.key);
    let ended: Awaited<ReturnType<typeof this.outcome>>;
    try {
      ended = await this.outcome(client);
    } finally {
      state.end(this.ended);
      this.forget(watch.ended(), client);
    }
    // After the end, which takes away what was said of a stage that runs.
    if (typeof ended === 'object' && ended.code !== 'worker-closed') state.notify(ended);
    return ended === 'done';
  }

  private async outcome(client: () => EngineClient): Promise<'done' | 'stopped' | Failure> {
    const { stage } = this;
    let engine: EngineClient | undefined;
    try {
      engine = client();
      const { from: resume, change } = this.goingOn ?? {};
      const keeping = this.key === undefined ? undefined : { key: this.key, resume, change, lasting: true };
      const listen = (event: StageEvent): void => this.listen(event);
      const { outcome, steps } = await engine.run(stage, this.before.recipe, listen, keeping);
      // The engine went before its result was in a safe place: recovery, or the person, goes on with the stage.
      if ((await this.leave(outcome, steps)) === 'interrupted') return 'stopped';
      this.ended = outcome;
      if (outcome === 'stopped' && steps === 0 && isTrainingStage(stage)) return stoppedEarly;
      return this.page.store.getState().asked === 'stop' ? 'stopped' : outcome;
    } catch (error) {
      const failure = await behind(toFailure(error), engine?.lost);
      await this.leave(gone.has(failure.code) ? 'interrupted' : 'failed', this.clock.steps);
      return failure;
    }
  }

  /** Resolves with what has become of it: it may be interrupted while its result is kept. */
  private async leave(outcome: StageEnd | 'interrupted', steps: number): Promise<StageEnd | 'interrupted'> {
    const { stage, before, page } = this;
    const { setStage, setMemory } = page.store.getState();
    const { stage: milliseconds } = this.clock.time();
    if (this.made(outcome, steps)) this.replace();
    this.safe = await page.watch.finishing(stage, steps);
    const state = outcome !== 'failed' && page.store.getState().lost ? 'interrupted' : outcome;
    const checkpoint = state === 'done' && this.safe ? undefined : this.key;
    if (this.replaced || !left(before.record)) {
      setStage(stage, { state, steps, milliseconds, checkpoint });
    } else {
      setStage(stage, before.record);
      setMemory({ held: before.held });
    }
    return state;
  }

  private made(outcome: StageEnd | 'interrupted', steps: number): boolean {
    if (isTrainingStage(this.stage)) return steps > 0;
    // A merge that is stopped while its answers are asked for is there, but not anew: the one before was of the same adapter.
    return outcome === 'done' || (steps > 0 && !left(this.before.record));
  }

  private replace(): void {
    if (this.replaced) return;
    this.replaced = true;
    const { store, series, watch } = this.page;
    watch.replacing(this.stage);
    for (const stage of [this.stage, ...store.getState().replace(this.stage, this.before.restates)]) {
      series.clearStage(stage);
      for (const subject of subjectsOf[stage]) series.clearSubject(subject);
    }
  }

  private listen(event: StageEvent): void {
    const { store, series } = this.page;
    const { stage } = this;
    const state = store.getState();
    if (!this.taken) this.take();
    switch (event.type) {
      case 'phase':
        this.enter({ phase: event.phase, done: event.done, total: event.total });
        break;
      case 'step':
        // From now on there is a model that has learnt something.
        if (event.metrics.step === 1) this.learnt(event.metrics.totalSteps);
        this.clock.step(event.metrics);
        if (isTrainingStage(stage)) series.addStep(stage, event.metrics);
        break;
      case 'evaluation':
        this.measured(event.evaluation);
        break;
      case 'merged':
        this.replace();
        state.setMergeReport(event.report);
        break;
      case 'problems':
        state.addUnfit(event.split, event.problems);
        break;
      case 'plan':
        state.setHeld(stage, { planned: event.plan.bytes });
        break;
      case 'held':
        state.setHeld(stage, { held: event.held });
        break;
      case 'resumed':
        this.replace();
        for (const { id, checkpoint } of state.notices)
          if (checkpoint && checkpoint === this.goingOn?.from) state.dismiss(id);
        this.clock.goOn(event.step, event.milliseconds);
        break;
      case 'checkpoint':
        this.kept(event);
        break;
      case 'trouble':
        if (event.failure.code === 'loss-exploded') state.setStage(stage, { exploded: event.step });
        state.notify(event.failure);
        break;
      case 'checkpoint-failed':
        state.notify(event.failure);
        break;
      case 'work':
        state.setStepWork({ stage, ops: event.ops });
        break;
      default:
        event satisfies never;
    }
  }

  /** The engine has taken the stage on: rows that did not fit are told anew. */
  private take(): void {
    this.taken = true;
    this.page.series.begin();
    for (const split of ['train', 'test'] as const) this.page.store.getState().setData(split, { unfit: [] });
  }

  private learnt(totalSteps: number): void {
    this.replace();
    this.page.store.getState().setStage(this.stage, { steps: 1, totalSteps });
  }

  /** Once the result of what is done is in a safe place and its run names it there, nothing has to go on any more; until then this is all of it. */
  private async forget(written: Promise<boolean>, client: () => EngineClient): Promise<void> {
    const { key } = this;
    if (key === undefined || this.ended !== 'done' || !this.safe || !(await written)) return;
    await client()
      .deleteCheckpoints([key])
      .catch(() => {});
    const { checkpoints, setCheckpoints } = this.page.store.getState();
    setCheckpoints(checkpoints.filter((one) => one.key !== key));
  }

  private kept({ step, kept: bytes }: Extract<StageEvent, { type: 'checkpoint' }>): void {
    const { stage, key } = this;
    if (!isTrainingStage(stage) || key === undefined) return;
    const { checkpoints, setCheckpoints, stages, notices, dismiss } = this.page.store.getState();
    for (const { id, failure } of notices) if (unwritten.has(failure.code)) dismiss(id);
    const others = checkpoints.filter((one) => one.key !== key);
    const { totalSteps = 0 } = stages[stage];
    const known = { key, stage, step, totalSteps, written: Date.now(), recipe: this.before.recipe };
    setCheckpoints([...others, { ...known, bytes }]);
  }

  private measured(evaluation: Evaluation): void {
    const { judge, judgePattern } = this.before.recipe;
    if (!isTrainingStage(this.stage)) this.replace();
    this.page.store.getState().addEvaluation({ ...evaluation, judged: { judge, judgePattern } });
    this.page.series.addEvaluation(this.stage, evaluation);
  }

  private enter(next: PhaseProgress): void {
    const paused = next.phase === 'paused';
    const { asked, ask, setStage, setPhase, stages, phase: before } = this.page.store.getState();
    this.clock.enter(next);
    if ((stages[this.stage].state === 'paused') !== paused)
      setStage(this.stage, { state: paused ? 'paused' : 'running' });
    if (asked === (paused ? 'pause' : 'resume')) ask('nothing');
    // A pause has no progress of its own: what was reached stays in sight.
    setPhase(paused && before ? { ...before, phase: 'paused' } : next);
  }
}

/** The page has something of it to show. */
function left(record: StageRecord): boolean {
  return record.steps > 0 || record.state === 'done' || isOnlyShown(record);
}
