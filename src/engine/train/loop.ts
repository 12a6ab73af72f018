/** The training loop: epochs of seeded batches, a step, its metrics, evaluation now and then, and the exit. */
import { type Changes, unchanged } from '../checkpoint/state';
import type { Checkpoints } from '../checkpoint/writing';
import { epochOrder, microBatches } from '../data/batches';
import type { TokenRow } from '../data/examples';
import { placeKey } from '../data/place';
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
  /** Steps that may be submitted at once: with two, the GPU has work while the last step's figures are read and told. */
  readonly inFlight: number;
  /** `ops`: what the step's kernels had to do, by op; `rows`: what it was made on. */
  readonly onStep: (metrics: StepMetrics, ops: ReadonlyMap<string, Count>, rows: readonly TokenRow[]) => void;
  /** Optimizer steps between evaluations on the way; 0 for none. */
  readonly evaluateEvery: number;
  readonly evaluate: (step: number) => Promise<void>;
  /** Steps that are done already; none when left out. */
  readonly from?: number;
  /** The evaluation behind them was due and broken off. */
  readonly owesEvaluation?: boolean;
  readonly checkpoints?: Pick<Checkpoints, 'due' | 'take' | 'settle'> | undefined;
  /** The state after them lies nowhere where it could be gone back to. */
  readonly unkept?: boolean;
  readonly changes?: Changes | undefined;
}

/** What the order of the rows follows from. */
export type Scheduled = Pick<Loop, 'rows' | 'training' | 'seed' | 'shuffle'>;

/** The steps of a run in order, from the one after `done` on: rows by micro-batch, the same for the same seed. */
export function* schedule({ rows, training, seed, shuffle }: Scheduled, done = 0) {
  const perEpoch = totalSteps(rows.length, { ...training, epochs: 1 });
  for (let epoch = Math.floor(done / perEpoch); epoch < training.epochs; epoch++) {
    const order = shuffle ? epochOrder(rows.length, seed, epoch) : Uint32Array.from(rows, (_, i) => i);
    const steps = microBatches(rows, order, training.batchSize, training.accumulation);
    for (const micro of steps.slice(Math.max(0, done - epoch * perEpoch))) yield { epoch, micro };
  }
}

/** A step on its way through the GPU. */
interface Submitted extends Awaited<ReturnType<Trainer['step']>> {
  /** 1-based */
  readonly step: number;
  readonly epoch: number;
  readonly rows: readonly TokenRow[];
  readonly rate: number;
  readonly since: number;
}

/**
 * Runs until done or stopped. Rejects with `not-finite` or `not-computed`, the adapter as it was before that step; the GPU
 * refuses the steps that were submitted after it. Whatever it rejects with, the steps that the adapter has learnt were told.
 */
export async function train(trainer: Trainer, objective: Objective, loop: Loop): Promise<StageResult> {
  const steps = new Steps(objective, loop);
  try {
    return await run(trainer, objective, loop, steps);
  } catch (error) {
    // Steps may be on their way that the GPU has been given; what failed first is what is said.
    await steps.tell(0).catch(() => {});
    // The card refuses what is not finite, and all steps after it: what it holds is the state before.
    if (error instanceof StudioError && steps.told > 0) await loop.checkpoints?.settle(steps.told);
    throw error;
  }
}

async function run(trainer: Trainer, objective: Objective, loop: Loop, steps: Steps): Promise<StageResult> {
  const { control, inFlight, training, checkpoints, from = 0, changes = unchanged } = loop;
  let step = from;
  if (loop.unkept) checkpoints?.take(step);
  if (loop.owesEvaluation) await loop.evaluate(step);
  for (const { epoch, micro } of schedule(loop, from)) {
    // What was submitted is told, and kept, before a pause or a stop is answered.
    if (control.asked) await steps.tell(0);
    if (control.asked) await checkpoints?.settle(step);
    if ((await control.boundary()) === 'stop') return { outcome: 'stopped', steps: step };
    if (changes.skipped.includes(step + 1)) {
      await steps.tell(0);
      step += 1;
      steps.told = step;
      continue;
    }
    if (epoch !== steps.submitted.at(-1)?.epoch) await steps.settle();
    const since = performance.now();
    const rate = learningRate(training, step, steps.total) * factorAfter(changes, step);
    const made = await trainer.step(objective, micro, step, rate);
    step += 1;
    steps.submitted.push({ ...made, step, epoch, rate, since, rows: micro.flat() });
    const due = loop.evaluateEvery > 0 && step % loop.evaluateEvery === 0 && step < steps.total;
    const kept = checkpoints?.due(step) ?? false;
    await steps.tell(due || kept ? 0 : inFlight - 1);
    if (due) await loop.evaluate(step);
    if (kept) checkpoints?.take(step);
  }
  await steps.tell(0);
  // The last evaluation may take long, and can be interrupted too: it is written meanwhile.
  checkpoints?.settle(step);
  return { outcome: 'done', steps: step };
}

function factorAfter({ rates }: Changes, step: number): number {
  return rates.reduce((product, { after, factor }) => (step >= after ? product * factor : product), 1);
}

/** Those on their way, the oldest first. */
class Steps {
  readonly submitted: Submitted[] = [];
  readonly total: number;
  /** The last step that was told, or left out: the adapter is what it is after this one. */
  told: number;
  private readonly objective: Objective;
  private readonly onStep: Loop['onStep'];
  private lastTold = 0;

  constructor(objective: Objective, { rows, training, onStep, from = 0 }: Loop) {
    this.told = from;
    this.total = totalSteps(rows.length, training);
    this.objective = objective;
    this.onStep = onStep;
  }

  /** Waits until what is kept of their rows is kept: a later epoch, where they come again, asks for it. */
  async settle(): Promise<void> {
    for (const { settled } of this.submitted) await settled;
  }

  /** Waits until no more than `most` are left, and tells the others. */
  async tell(most: number): Promise<void> {
    const { submitted, objective, total } = this;
    while (submitted.length > most) {
      const metrics = await metricsOf(submitted[0]!, objective, total, this.lastTold);
      this.lastTold = performance.now();
      const { work, rows, settled } = submitted.shift()!;
      this.onStep(metrics, work.byOp, rows);
      this.told = metrics.step;
      await settled;
    }
  }
}

/** Waits until the GPU has done the step. Its time starts when the one before it was done. */
async function metricsOf(
  { report: coming, labels, scales, batches, work, held, step, epoch, rate, since, rows }: Submitted,
  objective: Objective,
  totalSteps: number,
  lastTold: number,
): Promise<StepMetrics> {
  const report = await coming;
  if (!report.finite) throw notFinite(step, rows);
  if (report.valid !== labels) throw notComputed(step);
  const [crossEntropy, divergence] = [report.crossEntropy * scales.crossEntropy, report.divergence * scales.divergence];
  return {
    ...{ step, totalSteps, epoch, crossEntropy },
    loss: objective.combine(crossEntropy, divergence),
    divergence: objective.distils ? divergence : undefined,
    tokenAccuracy: report.hits / labels,
    // As many tokens are compared as are scored.
    agreement: objective.distils ? report.agreed / labels : undefined,
    learningRate: rate,
    gradientNorm: report.gradientNorm,
    labelTokens: labels,
    computedTokens: batches.reduce((sum, batch) => sum + batch.tokens, 0),
    rowTokens: batches.reduce((sum, batch) => sum + batch.rowTokens, 0),
    work: work.total,
    memoryHeld: held,
    milliseconds: performance.now() - Math.max(since, lastTold),
  };
}

/** That one sentence names: with accumulation a step may have thousands. */
const MOST_LINES = 64;

/** Where the rows of a step stand in their files; of many, the first and how many they are. */
export function linesOf(rows: readonly Pick<TokenRow, 'example'>[]): string {
  const named = rows.slice(0, MOST_LINES).map((row) => placeKey(row.example));
  return rows.length > MOST_LINES ? `${named.join(', ')}, … (${rows.length})` : named.join(', ');
}

/** Buffers that the driver refused read as zeros: a loss of 0 that nobody computed must not be shown. */
function notComputed(step: number): StudioError {
  const message = `The graphics card did not compute step ${step}. What was learnt before it is kept.`;
  return new StudioError('not-computed', message, { step });
}

function notFinite(step: number, rows: readonly TokenRow[]): StudioError {
  const lines = linesOf(rows);
  const message =
    `The loss or the gradient of step ${step} is not a finite number (rows on lines ${lines}). ` +
    'The step was not applied, and what was learnt before it is kept. Lower the learning rate, or look at these rows.';
  return new StudioError('not-finite', message, { step, lines });
}
