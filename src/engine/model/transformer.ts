/**
 * The decoder, forward and backward, as flat lists of ops; backward is forward read from the bottom.
 * Qwen2, Qwen3 and Llama are this one: they differ in biases, in norms of the heads, and in how positions turn.
 * T tokens (packed), H hidden, I intermediate, L label rows, V vocabulary. Everything is recorded, nothing waits.
 */
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import * as attention from '../ops/attention';
import * as embedding from '../ops/embedding';
import * as rmsNorm from '../ops/rmsNorm';
import * as rope from '../ops/rope';
import * as rows from '../ops/rows';
import * as swiglu from '../ops/swiglu';
import type { BatchTensors, PickedTensors, PlaceTensors, TokenTensors } from './batch';
import type { ModelConfig } from './config';
import type { LoraAdapter, LoraGradients } from './lora';
import * as projection from './project';
import type { Projection } from './projections';
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
  const { rmsEps: eps, hidden, kvHeads, headDim, intermediate } = model.config;
  const weights = model.weights.layers[layer]!;
  const saved = space.layers[layer]!;
  const out = space.layers[layer + 1]?.x ?? space.last;
  const query = queryRows(model, space, pass, layer);
  const { rows: Q, index } = query;
  const project = (input: projection.Input, made: projection.Tensors) =>
    projection.forward(rec, { model, pass, layer, saved }, input, made);

  rmsNorm.forward(rec, { x: saved.x, weight: weights.inputNorm, rows: T, eps }, space.normed);
  if (index) {
    rows.gather(rec, { from: saved.x, index, rows: Q, width: hidden }, query.x);
    rows.gather(rec, { from: space.normed, index, rows: Q, width: hidden }, query.normed);
  }
  const { q, k } = saved.raw ?? saved;
  const keys = { k_proj: k, v_proj: saved.v };
  if (index) project({ x: query.normed, rows: Q }, { q_proj: q });
  project({ x: space.normed, rows: T }, index ? keys : { q_proj: q, ...keys });
  const norms = headNormsOf(model, saved, pass, query, layer);
  if (norms) rmsNorm.forwardHeads(rec, norms, saved);
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

/** Undefined in models that have none. */
function headNormsOf(
  { config: { heads, kvHeads, rmsEps: eps }, weights: { layers } }: Model,
  { raw }: LayerActivations,
  { tokens }: Pass,
  { rows: queries }: QueryRows,
  layer: number,
): rmsNorm.HeadNorms | undefined {
  const weights = layers[layer]!.headNorms;
  return raw && weights && { ...raw, weights, queryRows: queries * heads, keyRows: tokens * kvHeads, eps };
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
  const lowest = pass.adapter.layers.findIndex((adapters) => Object.keys(adapters).length > 0);
  // Below the lowest adapter nothing asks for a gradient.
  for (let layer = model.config.layers - 1; layer >= lowest && lowest >= 0; layer--) {
    const adapters = pass.adapter.layers[layer]!;
    const adapted = (...some: Projection[]) => some.some((one) => adapters[one] !== undefined);
    const reached = (...some: Projection[]) => layer > lowest || adapted(...some);
    const context = { rec, model, space, g: scratch, pass, layer, adapted };
    const attention = reached('q_proj', 'k_proj', 'v_proj');
    const output = attention || reached('o_proj');
    const gate = output || reached('gate_proj', 'up_proj');
    backwardMlp(context, gate, output);
    if (output) backwardOutput(context, attention);
    if (attention) backwardAttention(context, layer > lowest);
  }
}

/** One layer on its way back. */
interface BackwardLayer {
  readonly rec: Recorder;
  readonly model: Model;
  readonly space: Workspace;
  readonly g: Gradients;
  readonly pass: BackwardPass;
  readonly layer: number;
  /** Whether the layer has an adapter on one of these. */
  readonly adapted: (...some: Projection[]) => boolean;
}

function placeOf({ model, space, pass, layer }: BackwardLayer) {
  return { model, pass, layer, saved: space.layers[layer]! };
}

/** `dx` → down, and as far as it is wanted gate and up → `dmiddle`. What a norm or SwiGLU gave, only adapters read: again. */
function backwardMlp(context: BackwardLayer, gate: boolean, output: boolean): void {
  const { rec, model, space, g, pass, layer, adapted } = context;
  const place = placeOf(context);
  const { saved } = place;
  const { rows } = queryRows(model, space, pass, layer);
  const act = { gate: saved.gate, up: saved.up, count: rows * model.config.intermediate };
  const down = { rows, dys: { down_proj: g.dx }, t: g.t };
  const gradientsOfDown = projection.backward(rec, place, down, gate ? g.dactive : undefined);
  const active = adapted('down_proj') ? space.active : undefined;
  if (gate) swiglu.backward(rec, act, g.dactive, { dGate: g.dgate, dUp: g.dup, again: active });
  else if (active) swiglu.forward(rec, act, active);
  gradientsOfDown(space.active);
  if (!gate) return;
  const norm = { x: saved.middle, weight: model.weights.layers[layer]!.postNorm, rows, eps: model.config.rmsEps };
  const wide = { rows, dys: { gate_proj: g.dgate, up_proj: g.dup }, t: g.t };
  const gradientsOfWide = projection.backward(rec, place, wide, output ? g.dnormed : undefined);
  const normed = adapted('gate_proj', 'up_proj') ? space.normed : undefined;
  if (output) rmsNorm.backward(rec, norm, g.dnormed, { add: g.dx, dx: g.dmiddle, again: normed });
  else if (normed) rmsNorm.forward(rec, norm, normed);
  gradientsOfWide(space.normed);
}

function backwardOutput(context: BackwardLayer, attention: boolean): void {
  const { rec, model, space, g, pass, layer } = context;
  const { rows } = queryRows(model, space, pass, layer);
  const place = placeOf(context);
  const output = { rows, dys: { o_proj: g.dmiddle }, t: g.t };
  const gradients = projection.backward(rec, place, output, attention ? g.dattended : undefined);
  gradients(place.saved.attended);
}

/** `dattended` → queries, keys and values, and where the layer below wants it `dx`. */
function backwardAttention(context: BackwardLayer, wanted: boolean): void {
  const { rec, model, space, g, pass, layer } = context;
  const { batch } = pass;
  const saved = space.layers[layer]!;
  const query = queryRows(model, space, pass, layer);
  const { index } = query;
  const kept = { seenBy: index ? batch.labels.seenBy : batch.seenBy, out: saved.attended, stats: saved.stats };
  const grads = { dq: g.dq, dk: g.dk, dv: g.dv };
  attention.backward(rec, attentionOf(model.config, saved, pass, query, layer), kept, g.dattended, grads);
  rope.backward(rec, ropeOf(model.config, space, pass, query, { q: g.dq, k: g.dk }));
  const norms = headNormsOf(model, saved, pass, query, layer);
  if (norms) rmsNorm.backwardHeads(rec, norms, { q: g.dq, k: g.dk });
  backwardInputs(context, query, wanted);
}

/** The gradients of queries, keys and values → those of their adapters, and of what the layer read. */
function backwardInputs(context: BackwardLayer, { rows: Q, index, normed: picked }: QueryRows, wanted: boolean): void {
  const { rec, model, space, g, pass, layer, adapted } = context;
  const { tokens: T } = pass;
  const { rmsEps: eps, hidden: width } = model.config;
  const place = placeOf(context);
  const q = { q_proj: g.dq };
  const keys = { k_proj: g.dk, v_proj: g.dv };
  const all = { rows: T, dys: index ? keys : { ...q, ...keys }, t: g.t };
  // Queries of some tokens are a product of their own, beside the two of all.
  const some = { rows: Q, dys: index ? q : {}, t: g.t.slice(2) };
  const gradientsOfAll = projection.backward(rec, place, all, wanted ? g.dnormed : undefined);
  const gradientsOfSome = projection.backward(rec, place, some, index && wanted ? g.dpicked : undefined);
  const norm = { x: place.saved.x, weight: model.weights.layers[layer]!.inputNorm, rows: T, eps };
  const normed = adapted('q_proj', 'k_proj', 'v_proj') ? space.normed : undefined;
  if (wanted) {
    if (index) rows.scatterAdd(rec, { from: g.dpicked, index, rows: Q, width }, g.dnormed);
    rmsNorm.backward(rec, norm, g.dnormed, { add: index ? undefined : g.dmiddle, dx: g.dx, again: normed });
    if (index) rows.scatterAdd(rec, { from: g.dmiddle, index, rows: Q, width }, g.dx);
  } else if (normed) rmsNorm.forward(rec, norm, normed);
  gradientsOfAll(space.normed);
  gradientsOfSome(picked);
}
