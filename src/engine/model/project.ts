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

/** What comes back through projections of one input, and the adapters' share of it on its way: t [rows, rank] for each. */
export interface Upstream {
  readonly rows: number;
  readonly dys: Tensors;
  readonly t: readonly Tensor[];
}

function returning({ model, pass, layer, saved }: Place<BackwardPass>, { dys, t }: Upstream) {
  return chosen(dys).map(({ projection, tensor: dy }, index) => {
    const adapter = pass.adapter.layers[layer]?.[projection];
    const grads = pass.gradients.layers[layer]?.[projection];
    const seed = dropoutSeed(pass, layer, projection);
    const low = adapter && grads && { adapter, grads, seed, dy, u: saved.low[projection], t: t[index]! };
    return { ...model.weights.layers[layer]![projection], low, dy };
  });
}

const adapted = (parts: ReturnType<typeof returning>) => parts.flatMap(({ low }) => low ?? []);

/** `dys` → `t`, and the gradient of the input where it is wanted. */
export function backward(rec: Recorder, place: Place<BackwardPass>, upstream: Upstream, dx: Tensor | undefined): void {
  const parts = returning(place, upstream);
  const lows = adapted(parts);
  if (lows.length > 0) lora.backproject(rec, upstream, lows);
  const dropout = place.pass.dropout?.probability ?? 0;
  if (dx) linear.backward(rec, { rows: upstream.rows, dropout, accumulate: false }, parts, dx);
}

/** `dys`, `t` and the input x → the gradients of the adapters. */
export function gradients(rec: Recorder, place: Place<BackwardPass>, upstream: Upstream, x: Tensor): void {
  const lows = adapted(returning(place, upstream));
  const { dropout, accumulate } = place.pass;
  const op = { x, rows: upstream.rows, dropout: dropout?.probability ?? 0, accumulate };
  if (lows.length > 0) lora.gradients(rec, op, lows);
}
