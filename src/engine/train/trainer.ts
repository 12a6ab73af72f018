/** One optimizer step of an adapter: micro-steps forward and backward, then the update. Buffers are allocated once. */
import { type PackedBatch, packBatch } from '../data/batches';
import type { TokenRow } from '../data/examples';
import type { Layout } from '../data/layout';
import type { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { Recorder } from '../gpu/recorder';
import { slice, type Tensor } from '../gpu/tensor';
import { allocateBatch, type BatchTensors, uploadBatch } from '../model/batch';
import * as head from '../model/head';
import type { LoraAdapter, LoraGradients } from '../model/lora';
import * as transformer from '../model/transformer';
import type { Model } from '../model/weights';
import { allocateGradients, allocateWorkspace, type Gradients, type Workspace } from '../model/workspace';
import * as loss from '../ops/loss';
import { mixSeed } from '../random';
import type { Objective, RunSizes, Scales } from './objective';
import { allocateOptimizer, type Optimizer, optimizerStep, readReport, type StepReport } from './optimizer';
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
    stats: arena.part('batch').tensor('stats', [chunk, 4]),
    optimizer: allocateOptimizer(arena.part('optimizer'), model, adapter),
  };
}

export class Trainer {
  readonly chunk: number;
  private readonly gpu: Gpu;
  private readonly model: Model;
  private readonly settings: TrainerSettings;
  private readonly rec: Recorder;
  private readonly space: Workspace;
  private readonly scratch: Gradients;
  private readonly head: head.HeadSpace;
  private readonly batch: BatchTensors;
  private readonly stats: Tensor;
  private readonly optimizer: Optimizer;

  /** Takes its buffers from `arena`, which the caller frees. */
  constructor(gpu: Gpu, arena: Arena, model: Model, adapter: LoraAdapter, sizes: RunSizes, settings: TrainerSettings) {
    const made = allocateTraining(arena, model, adapter, sizes);
    this.gpu = gpu;
    this.model = model;
    this.settings = settings;
    this.rec = new Recorder(gpu);
    this.chunk = made.head.chunk;
    this.space = made.space;
    this.scratch = made.scratch;
    this.head = made.head;
    this.batch = made.batch;
    this.stats = made.stats;
    this.optimizer = made.optimizer;
  }

  /**
   * Runs optimizer step `step` (0-based) over its micro-batches and waits for what it measured: sums over the step, which
   * `scales` makes values of; `labels` have a cross-entropy.
   */
  async step(objective: Objective, micro: readonly (readonly TokenRow[])[], step: number, learningRate: number) {
    const batches = micro.map((rows) => packBatch(rows, this.settings.layout));
    const labels = batches.reduce((sum, batch) => sum + batch.scored, 0);
    const scales = objective.scales(labels);
    this.rec.clear(this.optimizer.totals);
    for (const [index, batch] of batches.entries()) {
      uploadBatch(this.gpu, this.batch, batch);
      const seed = mixSeed(this.settings.seed, step, index);
      this.microStep(objective, batch, { scales, accumulate: index > 0, seed });
      if (index < batches.length - 1) await this.rec.submit();
    }
    optimizerStep(this.rec, this.optimizer, this.settings.training, { learningRate, step: step + 1 });
    await this.rec.submit();
    const report: StepReport = await readReport(this.gpu, this.optimizer);
    return { report, labels, scales, batches };
  }

  /** The adapter's gradients as the last step left them, before clipping. */
  get gradients(): LoraGradients {
    return this.optimizer.gradients;
  }

  destroy(): void {
    this.rec.destroy();
  }

  private microStep(
    objective: Objective,
    batch: PackedBatch,
    { scales, accumulate, seed }: { scales: Scales; accumulate: boolean; seed: number },
  ): void {
    const { rec, model, space, scratch, optimizer } = this;
    const { adapter, gradients } = optimizer;
    const dropout = { probability: this.settings.dropout, seed };
    const picked = { count: batch.labels, tensors: this.batch.labels };
    const pass = { tokens: batch.tokens, prefix: batch.prefix, batch: this.batch, picked, adapter, dropout };
    transformer.forward(rec, model, space, pass);
    objective.prepare(rec, batch, this.batch);
    for (const { start, rows } of head.chunks(batch.labels, this.chunk)) {
      head.forward(rec, model, this.head, space.last, { start, rows });
      objective.loss(rec, this.batch, { rows: this.lossRows(start, rows), start, scales, stats: this.stats });
      loss.accumulate(rec, this.stats, rows, optimizer.totals);
      head.backward(rec, model, this.head, space.last, scratch.dx, { start, rows });
    }
    transformer.backward(rec, model, space, scratch, { ...pass, gradients, accumulate });
  }

  private lossRows(start: number, rows: number): loss.LossRows {
    const { vocabulary: stride } = this.model.config;
    const targets = slice(this.batch.targets, start, rows);
    return { logits: this.head.logits, stride, vocabulary: this.settings.vocabulary, targets, rows, gradient: true };
  }
}
