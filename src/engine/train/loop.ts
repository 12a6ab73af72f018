/** The training loop: epochs of seeded batches, a step, its metrics, evaluation now and then, and the exit. */
import { epochOrder, microBatches } from '../data/batches';
import type { TokenRow } from '../data/examples';
import type { Count } from '../gpu/work';
import type { StageResult, StepMetrics } from '../studio';
import { StudioError } from '../studioError';
import type { Control } from './control';
import type { Objective } from './objective';
import type { Training } from './recipe';
import { learningRate, totalSteps } from './schedule';
import type { Trainer } from './trainer';

export interface Loop {
  readonly rows: readonly TokenRow[];
  readonly training: Training;
  readonly seed: number;
  /** False: the rows in the order of their file, in every epoch. */
  readonly shuffle: boolean;
  readonly control: Control;
  /** `ops`: what the step's kernels had to do, by op. */
  readonly onStep: (metrics: StepMetrics, ops: ReadonlyMap<string, Count>) => void;
  /** Optimizer steps between evaluations on the way; 0 for none. */
  readonly evaluateEvery: number;
  readonly evaluate: (step: number) => Promise<void>;
}

/** All steps of a run in order: rows by micro-batch, the same for the same seed. */
export function* schedule({ rows, training, seed, shuffle }: Pick<Loop, 'rows' | 'training' | 'seed' | 'shuffle'>) {
  for (let epoch = 0; epoch < training.epochs; epoch++) {
    const order = shuffle ? epochOrder(rows.length, seed, epoch) : Uint32Array.from(rows, (_, i) => i);
    for (const micro of microBatches(rows, order, training.batchSize, training.accumulation)) yield { epoch, micro };
  }
}

/** Runs until done or stopped. Rejects with `not-finite`, the adapter as it was before that step. */
export async function train(trainer: Trainer, objective: Objective, loop: Loop): Promise<StageResult> {
  const total = totalSteps(loop.rows.length, loop.training);
  let step = 0;
  for (const { epoch, micro } of schedule(loop)) {
    if ((await loop.control.boundary()) === 'stop') return { outcome: 'stopped', steps: step };
    const rate = learningRate(loop.training, step, total);
    const since = performance.now();
    const { report, labels, scales, batches, work } = await trainer.step(objective, micro, step, rate);
    if (!report.finite) throw notFinite(step + 1, micro.flat());
    if (report.valid !== labels) throw notComputed(step + 1);
    step += 1;
    const [crossEntropy, divergence] = [
      report.crossEntropy * scales.crossEntropy,
      report.divergence * scales.divergence,
    ];
    const metrics: StepMetrics = {
      step,
      totalSteps: total,
      epoch,
      loss: objective.combine(crossEntropy, divergence),
      crossEntropy,
      divergence: objective.distils ? divergence : undefined,
      tokenAccuracy: report.hits / labels,
      learningRate: rate,
      gradientNorm: report.gradientNorm,
      labelTokens: labels,
      computedTokens: batches.reduce((sum, batch) => sum + batch.tokens, 0),
      rowTokens: batches.reduce((sum, batch) => sum + batch.rowTokens, 0),
      work: work.total,
      milliseconds: performance.now() - since,
    };
    loop.onStep(metrics, work.byOp);
    const due = loop.evaluateEvery > 0 && step % loop.evaluateEvery === 0 && step < total;
    if (due) await loop.evaluate(step);
  }
  return { outcome: 'done', steps: step };
}

/** Buffers that the driver refused read as zeros: a loss of 0 that nobody computed must not be shown. */
function notComputed(step: number): StudioError {
  const message = `The graphics card did not compute step ${step}. What was learnt before it is kept.`;
  return new StudioError('not-computed', message, { step });
}

function notFinite(step: number, rows: readonly TokenRow[]): StudioError {
  const lines = rows.map((row) => row.example.line).join(', ');
  const message =
    `The loss or the gradient of step ${step} is not a finite number (rows on lines ${lines}). ` +
    'The step was not applied, and what was learnt before it is kept. Lower the learning rate, or look at these rows.';
  return new StudioError('not-finite', message, { step, lines });
}
