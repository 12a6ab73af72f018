/** AdamW over the whole adapter at once, with the gradient's norm clipped; refuses steps that are not finite or not computed. */
import type { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { downloadFloats } from '../gpu/transfer';
import { allocateAdapter, type LoraAdapter, type LoraGradients } from '../model/lora';
import type { Model } from '../model/weights';
import * as adamw from '../ops/adamw';
import * as gradNorm from '../ops/gradNorm';
import { STATS } from '../ops/loss';
import type { Training } from './recipe';

export interface Optimizer {
  readonly adapter: LoraAdapter;
  readonly gradients: LoraGradients;
  readonly first: Tensor;
  readonly second: Tensor;
  readonly partials: Tensor;
  /** Copies of totals and state side by side: one small readback a step. */
  readonly report: { readonly whole: Tensor; readonly totals: Tensor; readonly state: Tensor };
  /** f32 [STATS]: sums of cross-entropy, divergence, hits, valid tokens, tokens on which the teacher agrees. */
  readonly totals: Tensor;
  /** f32 [4]: gradient norm, clip factor, number of values that are not finite, whether steps are refused from now on. */
  readonly state: Tensor;
}

export function allocateOptimizer(arena: Arena, model: Pick<Model, 'config'>, adapter: LoraAdapter): Optimizer {
  const like = (name: string) => allocateAdapter(arena, model, adapter.settings, name);
  const count = adapter.flat.shape[0]!;
  const { whole, parts } = arena.pack('report', [
    { name: 'totals', shape: [STATS] },
    { name: 'state', shape: [4] },
  ]);
  return {
    adapter,
    gradients: like('gradients'),
    first: like('first').flat,
    second: like('second').flat,
    partials: arena.tensor('partials', [gradNorm.partialFloats(count)]),
    report: { whole, totals: parts[0]!, state: parts[1]! },
    // Buffers of their own: a dispatch may not read and write parts of one buffer.
    totals: arena.tensor('totals', [STATS]),
    state: arena.tensor('state', [4]),
  };
}

/**
 * Norm, clip and update; the weights stay as they are from the first step on in which anything was not finite, or the
 * tokens that the loss counted were not the `labels`.
 */
export function optimizerStep(
  rec: Recorder,
  o: Optimizer,
  training: Training,
  { labels, ...at }: { readonly learningRate: number /** 1-based */; readonly step: number; readonly labels: number },
): void {
  const count = o.adapter.flat.shape[0]!;
  const norm = { gradients: o.gradients.flat, count, totals: o.totals, labels, maxNorm: training.maxGradNorm };
  gradNorm.forward(rec, norm, o.partials, o.state);
  const tensors = { parameters: o.adapter.flat, gradients: o.gradients.flat, first: o.first, second: o.second };
  const { beta1, beta2, epsilon, weightDecay } = training;
  adamw.step(rec, { ...tensors, count, state: o.state }, { ...at, beta1, beta2, epsilon, weightDecay });
  rec.copy(o.totals, o.report.totals);
  rec.copy(o.state, o.report.state);
}

export interface StepReport {
  readonly crossEntropy: number;
  readonly divergence: number;
  readonly hits: number;
  readonly valid: number;
  readonly agreed: number;
  readonly gradientNorm: number;
  readonly finite: boolean;
}

/** Waits for the step and reads its few bytes; the losses are sums over the step's valid tokens. */
export async function readReport(gpu: Gpu, o: Optimizer): Promise<StepReport> {
  const { whole, totals, state } = o.report;
  const floats = await downloadFloats(gpu, whole);
  const at = (tensor: Tensor, index: number) => floats[tensor.offset / 4 + index]!;
  const [crossEntropy, divergence] = [at(totals, 0), at(totals, 1)];
  return {
    crossEntropy,
    divergence,
    hits: at(totals, 2),
    valid: at(totals, 3),
    agreed: at(totals, 4),
    gradientNorm: at(state, 0),
    finite: at(state, 2) === 0 && Number.isFinite(crossEntropy) && Number.isFinite(divergence),
  };
}
