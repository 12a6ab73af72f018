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
function dropoutOf({ dropout }: Pass, layer: number, projection: Projection): lora.Dropout {
  if (!dropout) return lora.noDropout;
  return { probability: dropout.probability, seed: mixSeed(dropout.seed, layer, projections.indexOf(projection)) };
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
  const project = (projection: Projection, n: number, x: Tensor, y: Tensor, residual?: Tensor) =>
    forwardProjection(rec, model, pass, saved, { layer, projection, rows: n, x, y, residual });

  rmsNorm.forward(rec, { x: saved.x, weight: weights.inputNorm, rows: T, eps }, space.normed);
  if (index) {
    rows.gather(rec, { from: saved.x, index, rows: Q, width: hidden }, query.x);
    rows.gather(rec, { from: space.normed, index, rows: Q, width: hidden }, query.normed);
  }
  project('q_proj', Q, query.normed, saved.raw?.q ?? saved.q);
  project('k_proj', T, space.normed, saved.raw?.k ?? saved.k);
  project('v_proj', T, space.normed, saved.v);
  if (saved.raw && weights.headNorms) {
    const { q, k } = weights.headNorms;
    rmsNorm.forward(rec, { x: saved.raw.q, weight: q, rows: Q * heads, eps }, saved.q);
    rmsNorm.forward(rec, { x: saved.raw.k, weight: k, rows: T * kvHeads, eps }, saved.k);
  }
  rope.forward(rec, ropeOf(model.config, space, pass, query, saved));
  if (cache) {
    const width = kvHeads * headDim;
    rows.scatter(rec, { from: saved.k, index: cache.slots, rows: T, width }, cache.k[layer]!);
    rows.scatter(rec, { from: saved.v, index: cache.slots, rows: T, width }, cache.v[layer]!);
  }
  attention.forward(rec, attentionOf(model.config, saved, pass, query, layer), saved.attended, saved.stats);
  project('o_proj', Q, saved.attended, saved.middle, query.x);

  rmsNorm.forward(rec, { x: saved.middle, weight: weights.postNorm, rows: Q, eps }, space.normed);
  project('gate_proj', Q, space.normed, saved.gate);
  project('up_proj', Q, space.normed, saved.up);
  swiglu.forward(rec, { gate: saved.gate, up: saved.up, count: Q * intermediate }, space.active);
  project('down_proj', Q, space.active, out, saved.middle);
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

interface ProjectionForward {
  readonly layer: number;
  readonly projection: Projection;
  readonly rows: number;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly residual: Tensor | undefined;
}

function forwardProjection(
  rec: Recorder,
  model: Model,
  pass: Pass,
  saved: LayerActivations,
  { layer, projection, rows: n, x, y, residual }: ProjectionForward,
): void {
  const frozen = model.weights.layers[layer]![projection];
  const adapter = pass.adapter?.layers[layer]?.[projection];
  const u = saved.low[projection];
  if (adapter) lora.project(rec, adapter, x, { rows: n, dropout: dropoutOf(pass, layer, projection) }, u);
  const low = adapter && { adapter, u };
  linear.forward(rec, { ...frozen, x, rows: n, adapter: low, residual }, y);
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
  const project = (projection: Projection, n: number, x: Tensor, dy: Tensor, dx: Tensor | undefined, add = false) =>
    backwardProjection(rec, model, g, pass, saved, { layer, projection, rows: n, x, dy, dx, accumulate: add });

  const act = { gate: saved.gate, up: saved.up, count: Q * intermediate };
  swiglu.forward(rec, act, space.active);
  project('down_proj', Q, space.active, g.dx, g.dactive);
  swiglu.backward(rec, act, g.dactive, g.dgate, g.dup);
  const post = { x: saved.middle, weight: weights.postNorm, rows: Q, eps };
  rmsNorm.forward(rec, post, space.normed);
  project('gate_proj', Q, space.normed, g.dgate, g.dnormed);
  project('up_proj', Q, space.normed, g.dup, g.dnormed, true);
  rmsNorm.backward(rec, post, g.dnormed, g.dx, g.dmiddle);

  project('o_proj', Q, saved.attended, g.dmiddle, g.dattended);
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
  project('k_proj', T, space.normed, g.draw?.k ?? g.dk, dnormed);
  project('v_proj', T, space.normed, g.dv, dnormed, true);
  if (!index) {
    project('q_proj', T, space.normed, g.draw?.q ?? g.dq, dnormed, true);
    if (!lowest) rmsNorm.backward(rec, input, g.dnormed, g.dmiddle, g.dx);
    return;
  }
  project('q_proj', Q, query.normed, g.draw?.q ?? g.dq, lowest ? undefined : g.dpicked);
  if (lowest) return;
  rows.scatterAdd(rec, { from: g.dpicked, index, rows: Q, width: hidden }, g.dnormed);
  rmsNorm.backward(rec, input, g.dnormed, undefined, g.dx);
  rows.scatterAdd(rec, { from: g.dmiddle, index, rows: Q, width: hidden }, g.dx);
}

interface ProjectionBackward {
  readonly layer: number;
  readonly projection: Projection;
  readonly rows: number;
  readonly x: Tensor;
  readonly dy: Tensor;
  readonly dx: Tensor | undefined;
  readonly accumulate: boolean;
}

function backwardProjection(
  rec: Recorder,
  model: Model,
  { t }: Gradients,
  pass: BackwardPass,
  saved: LayerActivations,
  { layer, projection, rows: n, x, dy, dx, accumulate }: ProjectionBackward,
): void {
  const frozen = model.weights.layers[layer]![projection];
  const adapter = pass.adapter.layers[layer]?.[projection];
  const grads = pass.gradients.layers[layer]?.[projection];
  const shape = { rows: n, dropout: dropoutOf(pass, layer, projection) };
  if (adapter && grads) {
    lora.backproject(rec, adapter, dy, shape, t);
    const kept = { x, dy, u: saved.low[projection], t };
    lora.gradients(rec, adapter, kept, { ...shape, accumulate: pass.accumulate }, grads);
  }
  if (!dx) return;
  const low = adapter && { adapter, t, dropout: shape.dropout };
  linear.backward(rec, { ...frozen, rows: n, adapter: low, accumulate }, dy, dx);
}
