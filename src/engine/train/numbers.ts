/** Watches what a training tells: where its numbers go wrong it says so, with the rows, and nothing of it is kept. */
import type { Checkpoints } from '../checkpoint/writing';
import type { TokenRow } from '../data/examples';
import type { Evaluation, StageEvent, StageFailure, StepMetrics } from '../studio';
import { linesOf } from './loop';
import { AnswerWatch, LossWatch } from './soundness';

export class Numbers {
  private readonly losses = new LossWatch();
  private readonly answers = new AnswerWatch();
  private readonly checkpoints: Pick<Checkpoints, 'sound' | 'doubt'> | undefined;
  private readonly emit: (event: StageEvent) => void;
  /** What is wrong now; each is said once. */
  private readonly wrong = new Set<'loss' | 'answers'>();

  constructor(checkpoints: Pick<Checkpoints, 'sound' | 'doubt'> | undefined, emit: (event: StageEvent) => void) {
    this.checkpoints = checkpoints;
    this.emit = emit;
  }

  /** What was told before a checkpoint, of a sound training. */
  recall(event: StageEvent): void {
    if (event.type === 'step') this.losses.exploded(event.metrics.loss);
    if (event.type === 'evaluation') this.answers.collapsed(event.evaluation);
  }

  /** `rows`: those of a step. */
  look(event: StageEvent, rows: readonly TokenRow[] = []): void {
    if (event.type === 'step') {
      const usual = this.losses.exploded(event.metrics.loss);
      const { step } = event.metrics;
      // A step's loss is that of the weights which the one before it left.
      if (usual !== undefined && !this.wrong.has('loss')) this.checkpoints?.doubt(step - 1);
      this.note('loss', step, usual === undefined ? undefined : exploded(event.metrics, usual, rows));
    }
    if (event.type === 'evaluation') {
      const best = this.answers.collapsed(event.evaluation);
      this.note('answers', event.evaluation.step, best && collapsed(event.evaluation, best));
    }
  }

  private note(what: 'loss' | 'answers', step: number, failure: StageFailure | undefined): void {
    if (failure && !this.wrong.has(what)) this.emit({ type: 'trouble', step, failure });
    if (failure) this.wrong.add(what);
    else this.wrong.delete(what);
    if (this.checkpoints) this.checkpoints.sound = this.wrong.size === 0;
  }
}

function exploded({ step, loss }: StepMetrics, usual: number, rows: readonly TokenRow[]): StageFailure {
  const detail = { step, loss: loss.toPrecision(3), usual: usual.toPrecision(3), lines: linesOf(rows) };
  const message =
    `The loss of step ${step} is ${detail.loss}, and ${detail.usual} was usual before it (rows on lines ${detail.lines}). ` +
    'Training goes on, and no checkpoint is written until it is as before: stop, and go on from the last one at a lower rate.';
  return { code: 'loss-exploded', message, detail };
}

function collapsed({ step, correct, rows }: Evaluation, best: { correct: number; rows: number }): StageFailure {
  const detail = { step, correct, rows, best: best.correct, bestRows: best.rows };
  const message =
    `At step ${step}, ${correct} of ${rows} answers are right, and ${best.correct} of ${best.rows} were before. ` +
    'Training goes on, and no checkpoint is written until it is as before: stop, and go on from the last one at a lower rate.';
  return { code: 'answers-collapsed', message, detail };
}
