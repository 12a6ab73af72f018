/** The checkpoints of one training: when they are due, and that they are written while its steps go on. */
import { exceptionName } from '../hub/directory';
import type { StageEvent, StageFailure } from '../studio';
import { EventLines, isKept, type KeptEvent } from './events';
import { type CheckpointValues, encodeCheckpoint } from './file';
import type { Slots } from './slots';
import { CHECKPOINT_VERSION, type CheckpointState } from './state';

/** What stays as it is from one checkpoint of a training to the next. */
export type Lasting = Omit<CheckpointState, 'version' | 'written' | 'step' | 'milliseconds' | 'digests'>;

export interface Writing {
  readonly slots: Slots;
  readonly lasting: Lasting;
  /** Copies of what the steps change, as it is when this is called: no later step gets into them. */
  readonly capture: () => Promise<CheckpointValues>;
  /** 0: at no other time than pauses, stops and the ends of epochs. */
  readonly everySteps: number;
  readonly everyMinutes: number;
  readonly stepsPerEpoch: number;
  readonly emit: (event: StageEvent) => void;
  /** What a resumed training had behind it. */
  readonly before: { readonly step: number; readonly milliseconds: number; readonly events: readonly KeptEvent[] };
}

export class Checkpoints {
  /** Of what has gone wrong nothing is kept: it would take the place of what has not. */
  sound = true;
  private readonly how: Writing;
  private readonly events: EventLines;
  private readonly started = performance.now();
  /** The last step that is kept, or being written. */
  private last: number;
  private lastAt: number;
  private writing: Promise<void> | undefined;
  /** One was due while another was being written. */
  private owed = false;
  /** That nothing can be written is said once. */
  private failing = false;

  constructor(how: Writing) {
    this.how = how;
    this.events = new EventLines(how.before.events);
    this.last = how.before.step;
    this.lastAt = this.started;
  }

  /** What the training tells, in order. */
  tell(event: StageEvent): void {
    if (isKept(event)) this.events.add(event);
  }

  /** After step `step`. What is due while another is being written is taken as soon as that is done. */
  due(step: number): boolean {
    const { everySteps, everyMinutes, stepsPerEpoch } = this.how;
    const minutes = (performance.now() - this.lastAt) / 60_000;
    this.owed ||=
      step % stepsPerEpoch === 0 ||
      (everySteps > 0 && step % everySteps === 0) ||
      (everyMinutes > 0 && minutes >= everyMinutes);
    return this.owed && this.sound && !this.writing;
  }

  /**
   * Begins the checkpoint of `step`, of which everything has been told; one that was found wrong meanwhile stays owed. What goes wrong is
   * told, and the training goes on.
   */
  take(step: number): void {
    if (!this.sound) return;
    const [at, before] = [performance.now(), this.last];
    this.last = step;
    this.lastAt = at;
    this.owed = false;
    const { lasting, capture } = this.how;
    const milliseconds = this.how.before.milliseconds + at - this.started;
    const state = { ...lasting, version: CHECKPOINT_VERSION, written: Date.now(), step, milliseconds };
    const work = this.write(state, capture(), this.events.all()).then((written) => {
      // A pause at the same step, when there may be room again, tries once more.
      if (!written) this.last = before;
    });
    this.hold(work);
  }

  /** The step after `step` has shown that the weights of that one are not sound: of what is kept, the one before it is the newest. */
  doubt(step: number): void {
    if (step === this.last) this.hold(this.back(this.writing, step));
  }

  /** Waits until `step`, of which everything has been told, is kept. */
  async settle(step: number): Promise<void> {
    // Not by `written`, behind which others would find nothing being written for a moment.
    while (this.writing) await this.writing;
    if (step > this.last && this.sound) this.take(step);
    await this.written();
  }

  /** Waits until nothing is being written any more. */
  async written(): Promise<void> {
    while (this.writing) await this.writing;
  }

  private hold(work: Promise<void>): void {
    const writing = work.then(() => {
      if (this.writing === writing) this.writing = undefined;
    });
    this.writing = writing;
  }

  private async back(writing: Promise<void> | undefined, step: number): Promise<void> {
    await writing;
    // It could not be written, and is not there.
    if (this.last !== step) return;
    const since = performance.now();
    const now = await this.how.slots.back().catch(() => undefined);
    if (!now) return;
    this.last = now.step;
    this.how.emit({ type: 'checkpoint', ...now, milliseconds: performance.now() - since });
  }

  private async write(
    state: Omit<CheckpointState, 'digests'>,
    values: Promise<CheckpointValues>,
    events: Blob,
  ): Promise<boolean> {
    const { emit, slots } = this.how;
    const since = performance.now();
    try {
      const pieces = await encodeCheckpoint(state, await values, events);
      const kept = await slots.write(pieces);
      const bytes = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
      this.failing = false;
      emit({ type: 'checkpoint', step: state.step, bytes, kept, milliseconds: performance.now() - since });
      return true;
    } catch (error) {
      if (!this.failing) emit({ type: 'checkpoint-failed', step: state.step, failure: notKept(state.step, error) });
      this.failing = true;
      return false;
    }
  }
}

function notKept(step: number, error: unknown): StageFailure {
  const reason = error instanceof Error ? error.message : String(error);
  const detail = { step, reason };
  if (exceptionName(error) === 'QuotaExceededError' || reason.includes('ENOSPC')) {
    const message =
      `There is no room for the checkpoint of step ${step}; the one before it is kept, and training goes on. ` +
      'Delete what is not needed any more.';
    return { code: 'checkpoint-full', message, detail };
  }
  const message = `The checkpoint of step ${step} could not be written (${reason}); the one before it is kept, and training goes on.`;
  return { code: 'checkpoint-failed', message, detail };
}
