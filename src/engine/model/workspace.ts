/**
 * Activations of one model, allocated before a run for the longest batch.
 * Training keeps what backward reads for every layer; inference has one layer's worth that all layers share.
 */
import type { Arena, Named } from '../gpu/arena';
import type { Tensor } from '../gpu/tensor';
import { rotaryTable } from '../rotary';
import type { ModelConfig } from './config';
import type { Projection } from './projections';

/** T tokens (in the last layer of a training run, what stands after attention has as many rows as are picked), H hidden, I intermediate, Q = heads · headDim, KV = kvHeads · headDim, R rank. */
export interface LayerActivations {
  /** [T, H] input of the layer */
  readonly x: Tensor;
  /** [T, Q] after rotation */
  readonly q: Tensor;
  /** [T, KV] after rotation */
  readonly k: Tensor;
  readonly v: Tensor;
  /** [T, Q] and [T, KV] before their norms, in models that have them */
  readonly raw: { readonly q: Tensor; readonly k: Tensor } | undefined;
  /** [T, Q] */
  readonly attended: Tensor;
  /** [T, heads, 2] what attention keeps of its softmax */
  readonly stats: Tensor;
  /** [T, H] after attention's residual */
  readonly middle: Tensor;
  /** [T, I] */
  readonly gate: Tensor;
  readonly up: Tensor;
  /** [T, R] dropout(x) Aᵀ of each projection */
  readonly low: Readonly<Record<Projection, Tensor>>;
}

export interface Workspace {
  readonly layers: readonly LayerActivations[];
  /** [picked, H] output of the last layer, in the order of the picked tokens */
  readonly last: Tensor;
  /** [picked, H] rows of the last layer's input and of its norm */
  readonly picked: { readonly x: Tensor; readonly normed: Tensor };
  /** [T, H] and [T, I]: recomputed in backward rather than kept. */
  readonly normed: Tensor;
  readonly active: Tensor;
  /** [positions, headDim] cosines and sines */
  readonly rotary: Tensor;
  readonly maxTokens: number;
}

export interface Gradients {
  /** [T, H] of the layer's output, then of its input */
  readonly dx: Tensor;
  /** [picked, H] of the picked rows of the last layer's normed input */
  readonly dpicked: Tensor;
  readonly dmiddle: Tensor;
  readonly dnormed: Tensor;
  readonly dactive: Tensor;
  readonly dgate: Tensor;
  readonly dup: Tensor;
  readonly dattended: Tensor;
  readonly dq: Tensor;
  readonly dk: Tensor;
  readonly dv: Tensor;
  /** [T, R] scale · dy B of each projection of one input */
  readonly t: readonly Tensor[];
}

interface Sizes {
  readonly maxTokens: number;
  /** Tokens of a batch whose output is asked for, at most. */
  readonly maxPicked: number;
  readonly maxPositions: number;
  /** 0: no adapter. */
  readonly rank: number;
}

export function allocateWorkspace(
  arena: Arena,
  config: ModelConfig,
  { maxTokens, maxPicked, maxPositions, rank }: Sizes,
  training: boolean,
): Workspace {
  const floats = (name: string, width: number) => arena.tensor(name, [maxTokens, width]);
  const picked = (name: string, width: number) => arena.tensor(name, [maxPicked, width]);
  const layer = (index: number) => {
    const after = training && index === config.layers - 1 ? maxPicked : maxTokens;
    const named = (name: string, rows: number, width: number) => ({ name: `${index}.${name}`, shape: [rows, width] });
    return allocateLayer(arena, config, Math.max(rank, 1), {
      tokens: (name, width) => named(name, maxTokens, width),
      after: (name, width) => named(name, after, width),
    });
  };
  const shared = training ? undefined : layer(0);
  return {
    layers: Array.from({ length: config.layers }, (_, index) => shared ?? layer(index)),
    // Without backward a layer may write its output over its input.
    last: shared?.x ?? picked('last', config.hidden),
    picked: { x: picked('pickedX', config.hidden), normed: picked('pickedNormed', config.hidden) },
    normed: floats('normed', config.hidden),
    active: floats('active', config.intermediate),
    rotary: arena.filled('rotary', [maxPositions, config.headDim], () =>
      rotaryTable(maxPositions, config.headDim, config.rotary),
    ),
    maxTokens,
  };
}

type Naming = (name: string, width: number) => Named;

/** `tokens` names what all tokens have, `after` what stands behind keys and values. */
function allocateLayer(
  arena: Arena,
  { hidden, heads, kvHeads, headDim, intermediate, qkNorm }: ModelConfig,
  rank: number,
  { tokens, after }: { readonly tokens: Naming; readonly after: Naming },
): LayerActivations {
  const one = ({ name, shape }: Named) => arena.tensor(name, shape);
  const [Q, KV] = [heads * headDim, kvHeads * headDim];
  const [q, k, v] = arena.beside([after('q', Q), tokens('k', KV), tokens('v', KV)]);
  const [gate, up] = arena.beside([after('gate', intermediate), after('up', intermediate)]);
  const low = (projection: Projection, naming: Naming) => naming(`low.${projection}`, rank);
  const [qLow, kLow, vLow] = arena.beside([low('q_proj', after), low('k_proj', tokens), low('v_proj', tokens)]);
  const [gateLow, upLow] = arena.beside([low('gate_proj', after), low('up_proj', after)]);
  return {
    x: one(tokens('x', hidden)),
    ...(qkNorm
      ? { raw: { q, k }, q: one(after('normedQ', Q)), k: one(tokens('normedK', KV)) }
      : { raw: undefined, q, k }),
    v,
    attended: one(after('attended', Q)),
    stats: one(after('stats', 2 * heads)),
    middle: one(after('middle', hidden)),
    gate,
    up,
    low: {
      q_proj: qLow,
      k_proj: kLow,
      v_proj: vLow,
      o_proj: one(low('o_proj', after)),
      gate_proj: gateLow,
      up_proj: upLow,
      down_proj: one(low('down_proj', after)),
    },
  };
}

export function allocateGradients(
  arena: Arena,
  config: ModelConfig,
  { maxTokens, maxPicked, rank }: Omit<Sizes, 'maxPositions'>,
): Gradients {
  const named = (name: string, width: number) => ({ name, shape: [maxTokens, width] });
  const floats = (name: string, width: number) => arena.tensor(name, [maxTokens, width]);
  const { hidden, heads, kvHeads, headDim, intermediate } = config;
  const [Q, KV] = [heads * headDim, kvHeads * headDim];
  const [dq, dk, dv] = arena.beside([named('dq', Q), named('dk', KV), named('dv', KV)]);
  const [dgate, dup] = arena.beside([named('dgate', intermediate), named('dup', intermediate)]);
  return {
    dx: floats('dx', hidden),
    dpicked: arena.tensor('dpicked', [maxPicked, hidden]),
    dmiddle: floats('dmiddle', hidden),
    dnormed: floats('dnormed', hidden),
    dactive: floats('dactive', intermediate),
    dgate,
    dup,
    dattended: floats('dattended', Q),
    dq,
    dk,
    dv,
    t: arena.beside(['first', 'second', 'third'].map((which) => named(`t.${which}`, Math.max(rank, 1)))),
  };
}
