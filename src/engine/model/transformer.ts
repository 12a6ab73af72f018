/**
 * The decoder, forward and backward, as flat lists of ops; backward is forward read from the bottom.
 * Qwen2, Qwen3 and Llama are this one: they differ in biases, in norms of the heads, and in how positions turn.
 * T tokens (packed), H hidden, I intermediate, L label rows, V vocabulary. Everything is recorded, nothing waits.
 */
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import * as attention from '../ops/attention';
import * as embedding from '../ops/embedding';
import * as linear from '../ops/linear';
import * as lora from '../ops/lora';
import * as rmsNorm from '../ops/rmsNorm';
import * as rope from '../ops/rope';
import * as rows from '../ops/rows';
import * as swiglu from '../ops/swiglu';
import { mixSeed } from '../random';
import type { BatchTensors, PickedTensors, PlaceTensors, TokenTensors } from './batch';
import type { ModelConfig } from './config';
import type { LoraAdapter, LoraGradients } from './lora';
import { type Projection, projections } from './projections';
import type { Model } from './weights';
import type { Gradients, LayerActivations, Workspace } from './workspace';

/** Keys and values of earlier tokens, per layer [slots, KV], and where this call's tokens go. */
export interface KvCache {
  readonly k: readonly Tensor[];
  readonly v: readonly Tensor[];
  /** u32 [T] */
  readonly slots: Tensor;
  /** Slots that are in use after this call. */
  readonly used: number;
}

/** Some of the tokens, and the pairs of one of them and a key that it sees. */
export interface Picked {
  readonly count: number;
  readonly pairs: number;
  readonly tensors: PickedTensors;
}

/** One pass over T tokens. */
export interface Pass {
  readonly tokens: number;
  /** Pairs of a token and a key that it sees. */
  readonly pairs: number;
  /** Tokens that all rows share. */
  readonly prefix: number;
  readonly batch: TokenTensors;
  /** The tokens whose output is asked for, all when left out: beyond keys and values the last layer computes no others. */
  readonly picked?: Picked | undefined;
  readonly adapter?: LoraAdapter | undefined;
  /** Adapter dropout of this micro-step; none at inference. */
  readonly dropout?: { readonly probability: number; readonly seed: number } | undefined;
  readonly cache?: KvCache | undefined;
}

/** Each projection of each layer has a mask of its own. */
function dropoutSeed({ dropout }: Pass, layer: number, projection: Projection): number {
  return dropout ? mixSeed(dropout.seed, layer, projections.indexOf(projection)) : 0;
}

/** The rows of a layer from its queries on: all tokens, or in the last layer those that are picked. */
interface QueryRows {
  readonly rows: number;
  readonly pairs: number;
  readonly x: Tensor;
  readonly normed: Tensor;
  readonly places: PlaceTensors;
  readonly index: Tensor | undefined;
}

function queryRows(model: Model, space: Workspace, { tokens, pairs, batch, picked }: Pass, layer: number): QueryRows {
  if (picked && layer === model.config.layers - 1) {
    const { tensors, count } = picked;
    return { ...space.picked, rows: count, pairs: picked.pairs, places: tensors, index: tensors.index };
  }
  return { x: space.layers[layer]!.x, normed: space.normed, rows: tokens, pairs, places: batch, index: undefined };
}

/** ids → `space.last` [picked, H], the hidden states before the final norm. */
export function forward(rec: Recorder, model: Model, space: Workspace, pass: Pass): void {
  const { tokens, batch } = pass;
  for (const { first, weight: table } of model.weights.embedding)
    embedding.forward(rec, { ids: batch.ids, table, first, rows: tokens }, space.layers[0]!.x);
  for (let layer = 0; layer < model.config.layers; layer++) forwardLayer(rec, model, space, pass, layer);
}

function forwardLayer(rec: Recorder, model: Model, space: Workspace, pass: Pass, layer: number): void {
  const { tokens: T, cache } = pass;
  const { rmsEps: eps, hidden, heads, kvHeads, headDim, intermediate } = model.config;
  const weights = model.weights.layers[layer]!;
  const saved = space.layers[layer]!;
  const out = space.layers[layer + 1]?.x ?? space.last;
  const query = queryRows(model, space, pass, layer);
  const { rows: Q, index } = query;
  const project = (input: linear.LinearForward, made: PerProjection) =>
    forwardProjections(rec, model, pass, layer, saved, input, made);

  rmsNorm.forward(rec, { x: saved.x, weight: weights.inputNorm, rows: T, eps }, space.normed);
  if (index) {
    rows.gather(rec, { from: saved.x, index, rows: Q, width: hidden }, query.x);
    rows.gather(rec, { from: space.normed, index, rows: Q, width: hidden }, query.normed);
  }
  const { q, k } = saved.raw ?? saved;
  const keys = { k_proj: k, v_proj: saved.v };
  if (index) project({ x: query.normed, rows: Q }, { q_proj: q });
  project({ x: space.normed, rows: T }, index ? keys : { q_proj: q, ...keys });
  if (weights.headNorms) {
    rmsNorm.forward(rec, { x: q, weight: weights.headNorms.q, rows: Q * heads, eps }, saved.q);
    rmsNorm.forward(rec, { x: k, weight: weights.headNorms.k, rows: T * kvHeads, eps }, saved.k);
  }
  rope.forward(rec, ropeOf(model.config, space, pass, query, saved));
  if (cache) {
    const width = kvHeads * headDim;
    rows.scatter(rec, { from: saved.k, index: cache.slots, rows: T, width }, cache.k[layer]!);
    rows.scatter(rec, { from: saved.v, index: cache.slots, rows: T, width }, cache.v[layer]!);
  }
  attention.forward(rec, attentionOf(model.config, saved, pass, query, layer), saved.attended, saved.stats);
  project({ x: saved.attended, rows: Q, residual: query.x }, { o_proj: saved.middle });

  rmsNorm.forward(rec, { x: saved.middle, weight: weights.postNorm, rows: Q, eps }, space.normed);
  project({ x: space.normed, rows: Q }, { gate_proj: saved.gate, up_proj: saved.up });
  swiglu.forward(rec, { gate: saved.gate, up: saved.up, count: Q * intermediate }, space.active);
  project({ x: space.active, rows: Q, residual: saved.middle }, { down_proj: out });
}

function ropeOf(
  { heads, kvHeads, headDim }: ModelConfig,
  { rotary: table }: Workspace,
  { tokens: keys, batch }: Pass,
  { places, rows: queries }: QueryRows,
  { q, k }: Pick<LayerActivations, 'q' | 'k'>,
): rope.Rope {
  const positions = { queryPositions: places.positions, keyPositions: batch.positions };
  return { q, k, table, ...positions, queries, keys, heads, kvHeads, headDim };
}

function attentionOf(
  { heads, kvHeads, headDim }: ModelConfig,
  saved: LayerActivations,
  pass: Pass,
  { places, pairs, rows: queries }: QueryRows,
  layer: number,
): attention.Attention {
  return {
    q: saved.q,
    k: pass.cache?.k[layer] ?? saved.k,
    v: pass.cache?.v[layer] ?? saved.v,
    keyStart: places.keyStart,
    keyEnd: places.keyEnd,
    prefix: pass.prefix,
    queries,
    keys: pass.cache?.used ?? pass.tokens,
    pairs,
    heads,
    kvHeads,
    headDim,
  };
}

/** A tensor for each of some projections of one input. */
type PerProjection = Readonly<Partial<Record<Projection, Tensor>>>;

function chosen(tensors: PerProjection): { projection: Projection; tensor: Tensor }[] {
  return projections.flatMap((projection) => {
    const tensor = tensors[projection];
    return tensor ? [{ projection, tensor }] : [];
  });
}

function forwardProjections(
  rec: Recorder,
  model: Model,
  pass: Pass,
  layer: number,
  saved: LayerActivations,
  input: linear.LinearForward,
  made: PerProjection,
): void {
  const parts = chosen(made).map(({ projection, tensor: y }) => {
    const adapter = pass.adapter?.layers[layer]?.[projection];
    const low = adapter && { adapter, u: saved.low[projection], seed: dropoutSeed(pass, layer, projection) };
    return { ...model.weights.layers[layer]![projection], low, y };
  });
  const lows = parts.flatMap(({ low }) => low ?? []);
  const { x, rows: n } = input;
  if (lows.length > 0) lora.project(rec, { x, rows: n, dropout: pass.dropout?.probability ?? 0 }, lows);
  linear.forward(rec, input, parts);
}

/** What backward of the layers needs besides what forward left in the workspace. */
export interface BackwardPass extends Pass {
  readonly batch: BatchTensors;
  readonly adapter: LoraAdapter;
  readonly gradients: LoraGradients;
  /** Adds to the adapter's gradients instead of overwriting them. */
  readonly accumulate: boolean;
}

/** `scratch.dx` [picked, H], the gradient of `space.last`, → the gradients of every A and B. */
export function backward(rec: Recorder, model: Model, space: Workspace, scratch: Gradients, pass: BackwardPass): void {
  for (let layer = model.config.layers - 1; layer >= 0; layer--) backwardLayer(rec, model, space, scratch, pass, layer);
}

function backwardLayer(
  rec: Recorder,
  model: Model,
  space: Workspace,
  g: Gradients,
  pass: BackwardPass,
  layer: number,
): void {
  const { tokens: T, batch } = pass;
  const { rmsEps: eps, hidden, heads, kvHeads, intermediate } = model.config;
  const weights = model.weights.layers[layer]!;
  const saved = space.layers[layer]!;
  const query = queryRows(model, space, pass, layer);
  const { rows: Q, index } = query;
  // Nothing below the first layer is trained, so its input needs no gradient.
  const lowest = layer === 0;
  const project = (input: { readonly x: Tensor; readonly rows: number }, dys: PerProjection, dx: Tensor | undefined) =>
    backwardProjections(rec, model, g, pass, layer, saved, input, dys, dx);

  const act = { gate: saved.gate, up: saved.up, count: Q * intermediate };
  swiglu.forward(rec, act, space.active);
  project({ x: space.active, rows: Q }, { down_proj: g.dx }, g.dactive);
  swiglu.backward(rec, act, g.dactive, g.dgate, g.dup);
  const post = { x: saved.middle, weight: weights.postNorm, rows: Q, eps };
  rmsNorm.forward(rec, post, space.normed);
  project({ x: space.normed, rows: Q }, { gate_proj: g.dgate, up_proj: g.dup }, g.dnormed);
  rmsNorm.backward(rec, post, g.dnormed, g.dx, g.dmiddle);

  project({ x: saved.attended, rows: Q }, { o_proj: g.dmiddle }, g.dattended);
  const seenBy = index ? batch.labels.seenBy : batch.seenBy;
  const kept = { seenBy, out: saved.attended, stats: saved.stats };
  const grads = { dq: g.dq, dk: g.dk, dv: g.dv };
  attention.backward(rec, attentionOf(model.config, saved, pass, query, layer), kept, g.dattended, grads);
  rope.backward(rec, ropeOf(model.config, space, pass, query, { q: g.dq, k: g.dk }));
  if (saved.raw && weights.headNorms && g.draw) {
    const { q, k } = weights.headNorms;
    rmsNorm.backward(rec, { x: saved.raw.q, weight: q, rows: Q * heads, eps }, g.dq, undefined, g.draw.q);
    rmsNorm.backward(rec, { x: saved.raw.k, weight: k, rows: T * kvHeads, eps }, g.dk, undefined, g.draw.k);
  }
  const input = { x: saved.x, weight: weights.inputNorm, rows: T, eps };
  rmsNorm.forward(rec, input, space.normed);
  const dnormed = lowest ? undefined : g.dnormed;
  const q = { q_proj: g.draw?.q ?? g.dq };
  const keys = { k_proj: g.draw?.k ?? g.dk, v_proj: g.dv };
  project({ x: space.normed, rows: T }, index ? keys : { ...q, ...keys }, dnormed);
  if (!index) {
    if (!lowest) rmsNorm.backward(rec, input, g.dnormed, g.dmiddle, g.dx);
    return;
  }
  project({ x: query.normed, rows: Q }, q, lowest ? undefined : g.dpicked);
  if (lowest) return;
  rows.scatterAdd(rec, { from: g.dpicked, index, rows: Q, width: hidden }, g.dnormed);
  rmsNorm.backward(rec, input, g.dnormed, undefined, g.dx);
  rows.scatterAdd(rec, { from: g.dmiddle, index, rows: Q, width: hidden }, g.dx);
}

function backwardProjections(
  rec: Recorder,
  model: Model,
  { t }: Gradients,
  pass: BackwardPass,
  layer: number,
  saved: LayerActivations,
  input: { readonly x: Tensor; readonly rows: number },
  dys: PerProjection,
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
