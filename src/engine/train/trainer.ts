/** One optimizer step of an adapter: micro-steps forward and backward, then the update. Buffers are allocated once. */
import { type PackedBatch, packBatch } from '../data/batches';
import type { TokenRow } from '../data/examples';
import type { Layout } from '../data/layout';
import type { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { heldOn } from '../gpu/held';
import { GpuRecorder, type Recorder } from '../gpu/recorder';
import { slice } from '../gpu/tensor';
import { allocateBatch, passOver, uploadBatch } from '../model/batch';
import * as head from '../model/head';
import type { LoraAdapter, LoraGradients } from '../model/lora';
import * as transformer from '../model/transformer';
import type { Model } from '../model/weights';
import { allocateGradients, allocateWorkspace } from '../model/workspace';
import * as loss from '../ops/loss';
import { mixSeed } from '../random';
import type { Objective, RunSizes, Scales } from './objective';
import { allocateOptimizer, optimizerStep, readReport, type StepReport } from './optimizer';
import type { Training } from './recipe';

export interface TrainerSettings {
  readonly training: Training;
  /** Dropout on the adapter's inputs. */
  readonly dropout: number;
  readonly seed: number;
  /** Columns of the softmax: less than the model's own where the teacher's vocabulary is narrower. */
  readonly vocabulary: number;
  /** As the sizes were taken; rows are packed when left out. */
  readonly layout?: Layout;
}

/** Everything that the steps of a run need beside model and adapter, each use in its part of `arena`. */
export function allocateTraining(arena: Arena, model: Pick<Model, 'config'>, adapter: LoraAdapter, sizes: RunSizes) {
  const { config } = model;
  const { rank } = adapter.settings;
  const maxPicked = sizes.maxLabels;
  const chunk = head.chunkRows(config.vocabulary, maxPicked);
  return {
    space: allocateWorkspace(arena.part('activations'), config, { ...sizes, maxPicked, rank }, true),
    scratch: allocateGradients(arena.part('gradients'), config, { ...sizes, maxPicked, rank }),
    head: head.allocateHead(arena.part('logits'), config, chunk),
    batch: allocateBatch(arena.part('batch'), sizes.maxTokens, sizes.maxLabels),
    stats: arena.part('batch').tensor('stats', [chunk, loss.STATS]),
    optimizer: allocateOptimizer(arena.part('optimizer'), model, adapter),
  };
}

export type TrainingSpace = ReturnType<typeof allocateTraining>;

/** What the micro-steps of a run have in common. */
export interface Run {
  readonly model: Model;
  readonly space: TrainingSpace;
  readonly settings: Pick<TrainerSettings, 'dropout' | 'vocabulary'>;
}

interface MicroStep {
  readonly scales: Scales;
  /** Adds to the gradients of the micro-steps before. */
  readonly accumulate: boolean;
  /** Of the dropout. */
  readonly seed: number;
}

/** Forward, loss and backward of one batch, which leave the adapter's gradients and the step's totals. */
export function recordMicroStep(
  rec: Recorder,
  { model, space: s, settings }: Run,
  objective: Objective,
  batch: PackedBatch,
  { scales, accumulate, seed }: MicroStep,
): void {
  const { adapter, gradients, totals } = s.optimizer;
  const pass = { ...passOver(batch, s.batch), adapter, dropout: { probability: settings.dropout, seed } };
  transformer.forward(rec, model, s.space, pass);
  objective.prepare(rec, batch);
  const [stride, { vocabulary }] = [model.config.vocabulary, settings];
  for (const chunk of head.chunks(batch.labels, s.head.chunk)) {
    const { start, rows: count } = chunk;
    head.forward(rec, model, s.head, s.space.last, chunk);
    const targets = slice(s.batch.targets, start, count);
    const rows = { logits: s.head.logits, stride, vocabulary, targets, rows: count, gradient: true };
    objective.loss(rec, s.batch, { rows, start, scales, stats: s.stats });
    loss.accumulate(rec, s.stats, count, totals);
    head.backward(rec, model, s.head, s.space.last, s.scratch.dx, chunk);
  }
  transformer.backward(rec, model, s.space, s.scratch, { ...pass, gradients, accumulate });
}

export class Trainer {
  private readonly gpu: Gpu;
  private readonly settings: TrainerSettings;
  private readonly rec: GpuRecorder;
  private readonly run: Run;

  /** Takes its buffers from `arena`, which the caller frees. */
  constructor(gpu: Gpu, arena: Arena, model: Model, adapter: LoraAdapter, sizes: RunSizes, settings: TrainerSettings) {
    this.gpu = gpu;
    this.settings = settings;
    this.rec = new GpuRecorder(gpu);
    this.run = { model, space: allocateTraining(arena, model, adapter, sizes), settings };
  }

  /** Label rows whose logits are there at once. */
  get chunk(): number {
    return this.run.space.head.chunk;
  }

  /** The adapter's gradients as the last step left them, before clipping. */
  get gradients(): LoraGradients {
    return this.run.space.optimizer.gradients;
  }

  /** AdamW's, laid out like the adapter: with it, all that a step changes. */
  get moments() {
    const { first, second } = this.run.space.optimizer;
    return { first, second };
  }

  /** What the steps of an earlier visit left with the objective, without the steps: the teacher's states of these rows. */
  async recall(objective: Objective, micro: readonly (readonly TokenRow[])[]): Promise<void> {
    for (const rows of micro) {
      const batch = packBatch(rows, this.settings.layout);
      objective.upload(this.gpu, batch);
      objective.prepare(this.rec, batch);
      await this.rec.submit();
      await objective.settle(this.gpu, batch);
    }
  }

  /**
   * Submits optimizer step `step` (0-based) over its micro-batches. `report` comes when the GPU has done it: sums over the
   * step, which `scales` makes values of; `labels` have a cross-entropy; `work` is what was asked for, `held` the bytes that
   * are held on the GPU meanwhile. What an objective keeps of the rows is kept once `settled`.
   */
  async step(objective: Objective, micro: readonly (readonly TokenRow[])[], step: number, learningRate: number) {
    const { optimizer, batch: tensors } = this.run.space;
    const batches = micro.map((rows) => packBatch(rows, this.settings.layout));
    const labels = batches.reduce((sum, batch) => sum + batch.scored, 0);
    const scales = objective.scales(labels);
    this.rec.tally.restart();
    this.rec.clear(optimizer.totals);
    const settling: Promise<void>[] = [];
    for (const [index, batch] of batches.entries()) {
      uploadBatch(this.gpu, tensors, batch);
      objective.upload(this.gpu, batch);
      const seed = mixSeed(this.settings.seed, step, index);
      recordMicroStep(this.rec, this.run, objective, batch, { scales, accumulate: index > 0, seed });
      if (index === batches.length - 1) break;
      await this.rec.submit();
      settling.push(objective.settle(this.gpu, batch));
    }
    optimizerStep(this.rec, optimizer, this.settings.training, { learningRate, step: step + 1, labels });
    await this.rec.submit();
    const report: Promise<StepReport> = readReport(this.gpu, optimizer);
    const last = batches.at(-1);
    if (last) settling.push(objective.settle(this.gpu, last));
    const settled: Promise<unknown> = Promise.all(settling);
    // Whoever waits for them hears of a failure; that nobody does yet is no reason to end the process.
    report.catch(() => {});
    settled.catch(() => {});
    const work = { total: this.rec.tally.total, byOp: new Map(this.rec.tally.byOp) };
    const { tensors: counted, others } = heldOn(this.gpu.device);
    const held = counted.bytes + others.bytes;
    return { report, settled, labels, scales, batches, work, held };
  }

  destroy(): void {
    this.rec.destroy();
  }
}
