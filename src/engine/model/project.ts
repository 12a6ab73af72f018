/** The projections of one input in a pass, with their adapters: forward, and backward to the adapters and to the input. */
import type { Halves } from '../gpu/linearRoom';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import * as linear from '../ops/linear';
import * as lora from '../ops/lora';
import { mixSeed } from '../random';
import { type Projection, projections } from './projections';
import type { BackwardPass, Pass } from './transformer';
import type { Model } from './weights';
import type { LayerActivations } from './workspace';

export interface Input {
  /** [rows, inputs] */
  readonly x: Tensor;
  readonly rows: number;
  /** [rows, outputs], added to what the only projection gives */
  readonly residual?: Tensor;
}

/** A tensor [rows, outputs] for each of some projections. */
export type Tensors = Readonly<Partial<Record<Projection, Tensor>>>;

interface Place<P> {
  readonly model: Model;
  readonly pass: P;
  readonly layer: number;
  readonly saved: LayerActivations;
}

/** Of the projections that have a tensor, in their order. */
function each<T>(tensors: Tensors, make: (projection: Projection, tensor: Tensor, index: number) => T): readonly T[] {
  const made: T[] = [];
  for (const projection of projections) {
    const tensor = tensors[projection];
    if (tensor) made.push(make(projection, tensor, made.length));
  }
  return made;
}

/** The adapters of those that have one. */
function lowsOf<T>(parts: readonly { readonly low: T | undefined }[]): readonly T[] {
  const lows: T[] = [];
  for (const { low } of parts) if (low) lows.push(low);
  return lows;
}

/** Each projection of each layer has a mask of its own. */
function dropoutSeed({ dropout }: Pass, layer: number, projection: Projection): number {
  return dropout ? mixSeed(dropout.seed, layer, projections.indexOf(projection)) : 0;
}

/** The input → `made`, and what backward needs of the adapters. */
export function forward(
  rec: Recorder,
  { model, pass, layer, saved }: Place<Pass>,
  { x, rows, residual }: Input,
  made: Tensors,
): void {
  const parts = each(made, (projection, y) => {
    const { weight, bias } = model.weights.layers[layer]![projection];
    const adapter = pass.adapter?.layers[layer]?.[projection];
    const low = adapter && { adapter, u: saved.low[projection], seed: dropoutSeed(pass, layer, projection) };
    return { weight, bias, low, y };
  });
  const lows = lowsOf(parts);
  const dropout = pass.dropout?.probability ?? 0;
  const prepare = (halves?: Halves) => lora.project(rec, { x, rows, dropout, halves }, lows);
  linear.forward(rec, { x, rows, residual, prepare }, parts);
}

/** What comes back through projections of one input, and the adapters' share of it on its way: t [rows, rank] for each. */
export interface Upstream {
  readonly rows: number;
  readonly dys: Tensors;
  readonly t: readonly Tensor[];
}

/** `dys` → `t`, and the gradient of the input where it is wanted; then `gradients` of what `x` was may be asked for. */
export function backward(rec: Recorder, place: Place<BackwardPass>, upstream: Upstream, dx: Tensor | undefined) {
  const { model, pass, layer, saved } = place;
  const { rows } = upstream;
  const parts = each(upstream.dys, (projection, dy, index) => {
    const { weight } = model.weights.layers[layer]![projection];
    const adapter = pass.adapter.layers[layer]?.[projection];
    const grads = pass.gradients.layers[layer]?.[projection];
    const [seed, u, t] = [dropoutSeed(pass, layer, projection), saved.low[projection], upstream.t[index]!];
    return { weight, low: adapter && grads && { adapter, grads, seed, dy, u, t }, dy };
  });
  const lows = lowsOf(parts);
  const dropout = pass.dropout?.probability ?? 0;
  // What has no adapter is not read for one.
  const prepare = (wanted?: Halves) =>
    lora.backproject(rec, { rows, halves: lows.length === parts.length ? wanted : undefined }, lows);
  if (dx) linear.backward(rec, { rows, dropout, accumulate: false, prepare }, parts, dx);
  else prepare();
  /** `dys`, `t` and the input x → the gradients of the adapters. */
  return (x: Tensor): void => {
    if (lows.length > 0) lora.gradients(rec, { x, rows, dropout, accumulate: pass.accumulate }, lows);
  };
}
