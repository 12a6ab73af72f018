/** Who may ask the models outside of the stages, and when: one at a time, between two stages or while one is paused. */
import type { Gpu } from './gpu/gpu';
import { heldOn } from './gpu/held';
import { StudioError } from './studioError';
import { Control } from './train/control';

export class Inquiries {
  private current: Control | undefined;

  /** Rejects with `busy` while `stage` computes, `answering` while another is under way. A paused stage goes on after it. */
  ask<T>(gpu: Gpu, stage: Control | undefined, work: (control: Control) => Promise<T>): Promise<T> {
    this.refuse();
    if (stage && !stage.resting) {
      throw new StudioError(
        'busy',
        'A stage is computing. Pause it, or wait for it to end, before you ask the models.',
      );
    }
    const answer = this.run(gpu, work);
    stage?.lend(answer);
    return answer;
  }

  /** Throws `answering` while one is under way. */
  refuse(): void {
    if (!this.current) return;
    throw new StudioError('answering', 'The models are being asked. Stop the answer, or wait for it to end.');
  }

  stop(): void {
    this.current?.stop();
  }

  /** Whether the error is of what is asked now, which then ends with it. */
  fail(error: Error): boolean {
    this.current?.fail(error);
    return this.current !== undefined;
  }

  private async run<T>(gpu: Gpu, work: (control: Control) => Promise<T>): Promise<T> {
    const control = new Control(() => {});
    this.current = control;
    const { tensors, others } = heldOn(gpu.device);
    const peaks = [tensors.peak, others.peak] as const;
    try {
      return await work(control);
    } finally {
      // The GPU tells of refused commands late.
      await gpu.device.queue.onSubmittedWorkDone().catch(() => {});
      this.current = undefined;
      // What a paused stage is said to hold is its own.
      tensors.lower(peaks[0]);
      others.lower(peaks[1]);
      control.check();
    }
  }
}
