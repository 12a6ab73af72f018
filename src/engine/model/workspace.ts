/**
 * Activations of one model, allocated before a run for the longest batch.
 * Training keeps what backward reads for every layer; inference has one layer's worth that all layers share.
 */
import type { Arena } from '../gpu/arena';
import type { Tensor } from '../gpu/tensor';
import { rotaryTable } from '../ops/rope';
import type { ModelConfig } from './config';
import { type Projection, perProjection } from './projections';

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
  /** Of q and k before their norms, in models that have them */
  readonly draw: { readonly q: Tensor; readonly k: Tensor } | undefined;
  /** [T, R] scale · dy B */
  readonly t: Tensor;
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
    const named = (make: Floats) => (name: string, width: number) => make(`${index}.${name}`, width);
    return allocateLayer(config, rank, named(floats), named(training && index === config.layers - 1 ? picked : floats));
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

type Floats = (name: string, width: number) => Tensor;

/** `after` makes what stands behind keys and values. */
function allocateLayer(
  { hidden, heads, kvHeads, headDim, intermediate, qkNorm }: ModelConfig,
  rank: number,
  floats: Floats,
  after: Floats,
): LayerActivations {
  const of = (projection: Projection) => (projection === 'k_proj' || projection === 'v_proj' ? floats : after);
  return {
    x: floats('x', hidden),
    q: after('q', heads * headDim),
    k: floats('k', kvHeads * headDim),
    v: floats('v', kvHeads * headDim),
    raw: qkNorm ? { q: after('rawQ', heads * headDim), k: floats('rawK', kvHeads * headDim) } : undefined,
    attended: after('attended', heads * headDim),
    stats: after('stats', 2 * heads),
    middle: after('middle', hidden),
    gate: after('gate', intermediate),
    up: after('up', intermediate),
    low: perProjection((projection) => of(projection)(`low.${projection}`, Math.max(rank, 1))),
  };
}

export function allocateGradients(
  arena: Arena,
  config: ModelConfig,
  { maxTokens, maxPicked, rank }: Omit<Sizes, 'maxPositions'>,
): Gradients {
  const floats = (name: string, width: number) => arena.tensor(name, [maxTokens, width]);
  const { hidden, heads, kvHeads, headDim, intermediate, qkNorm } = config;
  return {
    dx: floats('dx', hidden),
    dpicked: arena.tensor('dpicked', [maxPicked, hidden]),
    dmiddle: floats('dmiddle', hidden),
    dnormed: floats('dnormed', hidden),
    dactive: floats('dactive', intermediate),
    dgate: floats('dgate', intermediate),
    dup: floats('dup', intermediate),
    dattended: floats('dattended', heads * headDim),
    dq: floats('dq', heads * headDim),
    dk: floats('dk', kvHeads * headDim),
    dv: floats('dv', kvHeads * headDim),
    draw: qkNorm ? { q: floats('drawQ', heads * headDim), k: floats('drawK', kvHeads * headDim) } : undefined,
    t: floats('t', Math.max(rank, 1)),
  };
}
