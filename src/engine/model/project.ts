/** The projections of one input in a pass, with their adapters: forward, and backward to the adapters and to the input. */
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

function chosen(tensors: Tensors): { projection: Projection; tensor: Tensor }[] {
  return projections.flatMap((projection) => {
    const tensor = tensors[projection];
    return tensor ? [{ projection, tensor }] : [];
  });
}

/** Each projection of each layer has a mask of its own. */
function dropoutSeed({ dropout }: Pass, layer: number, projection: Projection): number {
  return dropout ? mixSeed(dropout.seed, layer, projections.indexOf(projection)) : 0;
}

/** The input → `made`, and what backward needs of the adapters. */
export function forward(rec: Recorder, { model, pass, layer, saved }: Place<Pass>, input: Input, made: Tensors): void {
  const parts = chosen(made).map(({ projection, tensor: y }) => {
    const adapter = pass.adapter?.layers[layer]?.[projection];
    const low = adapter && { adapter, u: saved.low[projection], seed: dropoutSeed(pass, layer, projection) };
    return { ...model.weights.layers[layer]![projection], low, y };
  });
  const lows = parts.flatMap(({ low }) => low ?? []);
  if (lows.length > 0) lora.project(rec, { ...input, dropout: pass.dropout?.probability ?? 0 }, lows);
  linear.forward(rec, input, parts);
}

/** `dys` → the gradients of their adapters, and of the input where it is wanted; `t` [rows, rank] is for one each. */
export function backward(
  rec: Recorder,
  { model, pass, layer, saved }: Place<BackwardPass>,
  t: readonly Tensor[],
  input: Input,
  dys: Tensors,
  dx: Tensor | undefined,
): void {
  const parts = chosen(dys).map(({ projection, tensor: dy }, index) => {
    const adapter = pass.adapter.layers[layer]?.[projection];
    const grads = pass.gradients.layers[layer]?.[projection];
    const seed = dropoutSeed(pass, layer, projection);
    const low = adapter && grads && { adapter, grads, seed, dy, u: saved.low[projection], t: t[index]! };
    return { ...model.weights.layers[layer]![projection], low, dy };
  });
  const lows = parts.flatMap(({ low }) => low ?? []);
  const dropout = pass.dropout?.probability ?? 0;
  if (lows.length > 0) {
    lora.backproject(rec, input, lows);
    lora.gradients(rec, { ...input, dropout, accumulate: pass.accumulate }, lows);
  }
  if (dx) linear.backward(rec, { rows: input.rows, dropout, accumulate: false }, parts, dx);
}
