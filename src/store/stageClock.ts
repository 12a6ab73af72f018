/** The clock of the running stage: working time of the stage, its phase and its steps, pauses left out. */
import { type Pace, pausePace, resumePace, startPace, worked } from './pace';
import type { PhaseProgress } from './types';

/** Milliseconds, pauses left out. */
export interface WorkingTime {
  readonly stage: number;
  readonly phase: number;
  /** Since the first step was done, evaluations on the way included, and how many steps came after that one. */
  readonly training: { readonly worked: number; readonly steps: number };
}

export class StageClock {
  private readonly now: () => number;
  private stage: Pace;
  private phase: Pace | undefined;
  private current: PhaseProgress | undefined;
  private first: { readonly step: number; readonly worked: number } | undefined;
  /** Steps done so far. */
  steps = 0;
  /** Those of an earlier visit: how long they took says nothing of this one. */
  private before = 0;

  constructor(now: () => number) {
    this.now = now;
    this.stage = startPace(now());
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

  step(step: number): void {
    this.steps = step;
    if (step > this.before) this.first ??= { step, worked: worked(this.stage, this.now()) };
  }

  time(): WorkingTime {
    const stage = worked(this.stage, this.now());
    const training = this.first
      ? { worked: stage - this.first.worked, steps: this.steps - this.first.step }
      : { worked: 0, steps: 0 };
    return { stage, phase: this.phase ? worked(this.phase, this.now()) : 0, training };
  }
}
