/** The clock of the running stage: working time of the stage, its phase and its steps, pauses left out. */
import { type Pace, pausePace, resumePace, startPace, timeLeft, worked } from './pace';
import type { PhaseProgress, StepMetrics } from './types';

/** Milliseconds, pauses left out. */
export interface WorkingTime {
  readonly stage: number;
  /** At the rate so far; undefined until there is one: a stage that trains has it once two steps are done. */
  readonly left: number | undefined;
}

type Step = Pick<StepMetrics, 'step' | 'totalSteps'>;

export class StageClock {
  private readonly now: () => number;
  private readonly trains: boolean;
  private stage: Pace;
  private phase: Pace | undefined;
  private current: PhaseProgress | undefined;
  private first: { readonly step: number; readonly worked: number } | undefined;
  private last: Step | undefined;
  /** Those of an earlier visit: how long they took says nothing of this one. */
  private before = 0;

  /** `now` in milliseconds; whether steps are what the stage does. */
  constructor(now: () => number, trains: boolean) {
    this.now = now;
    this.trains = trains;
    this.stage = startPace(now());
  }

  /** Steps done so far. */
  get steps(): number {
    return this.last?.step ?? 0;
  }

  enter(next: PhaseProgress): void {
    const at = this.now();
    if (next.phase === 'paused') {
      this.stage = pausePace(this.stage, at);
      this.phase = this.phase && pausePace(this.phase, at);
    } else {
      this.stage = resumePace(this.stage, at);
      const same = this.current?.phase === next.phase && next.done >= this.current.done;
      this.phase = same && this.phase ? resumePace(this.phase, at) : startPace(at);
      this.current = next;
    }
  }

  /** The stage goes on behind so many steps, for which it worked so many milliseconds. */
  goOn(steps: number, milliseconds: number): void {
    this.before = steps;
    this.stage = { ...this.stage, startedAt: this.stage.startedAt - milliseconds };
  }

  step(last: Step): void {
    this.last = last;
    if (last.step > this.before) this.first ??= { step: last.step, worked: worked(this.stage, this.now()) };
  }

  time(): WorkingTime {
    const stage = worked(this.stage, this.now());
    if (!this.trains) return { stage, left: this.leftOfPhase() };
    const steps = this.leftOfSteps(stage);
    const other = this.current?.phase === 'training' ? undefined : this.leftOfPhase();
    return { stage, left: steps === undefined ? undefined : steps + (other ?? 0) };
  }

  /** Steps have their own clock, which evaluations on the way count into. */
  private leftOfSteps(stage: number): number | undefined {
    const { first, last } = this;
    if (!first || !last) return undefined;
    if (last.step >= last.totalSteps) return 0;
    const done = last.step - first.step;
    return timeLeft(stage - first.worked, done, done + last.totalSteps - last.step);
  }

  private leftOfPhase(): number | undefined {
    const { phase, current } = this;
    return phase && current && timeLeft(worked(phase, this.now()), current.done, current.total);
  }
}
