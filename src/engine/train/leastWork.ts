/**
 * The least that an optimizer step needs, whatever the kernels: products of matrices and of attention for what is asked of
 * each token, and every weight, saved activation and optimizer value moved once a pass. A formula of its own, so that a
 * ledger beside it shows what is computed in vain. Norms, activations and softmaxes are not counted: a few in a thousand.
 */
import type { PackedBatch } from '../data/batches';
import { addCounts, type Count, halves, words } from '../gpu/work';
import type { ModelConfig } from '../model/config';
import type { LoraSettings } from '../model/lora';
import { type Projection, projections } from '../model/projections';
import { projectionShape } from '../model/tensors';

/** Where a projection stands in its layer: a gradient that reaches one has passed all behind it. */
const depth: Readonly<Record<Projection, number>> = {
  ...{ q_proj: 0, k_proj: 0, v_proj: 0 },
  ...{ o_proj: 1, gate_proj: 2, up_proj: 2, down_proj: 3 },
};

interface Tokens {
  readonly all: number;
  readonly asked: number;
  readonly pairs: number;
  readonly askedPairs: number;
}

/**
 * A frozen teacher's forward pass; of a prefix that all batches share it needs to compute nothing twice, and of rows that
 * come `again` nothing but the head.
 */
export function leastTeaching(config: ModelConfig, batch: PackedBatch, again: boolean): Count {
  const { tokens, prefix, labels, pairs, labelPairs } = batch;
  if (again) return head(config, { all: 0, asked: labels, pairs: 0, askedPairs: 0 });
  const shared = (prefix * (prefix + 1)) / 2;
  const own = { all: tokens - prefix, asked: labels, pairs: pairs - shared, askedPairs: labelPairs };
  return forward(config, own, undefined);
}

/** Forward and backward of one batch of a model with an adapter on `targets` of every layer. */
export function leastTraining(config: ModelConfig, lora: LoraSettings, batch: PackedBatch): Count {
  const { tokens: all, labels: asked, pairs, labelPairs: askedPairs } = batch;
  const tokens = { all, asked, pairs, askedPairs };
  return addCounts([forward(config, tokens, lora), backward(config, tokens, lora)]);
}

/** The update of so many values: both moments and the value itself are read and written, the gradient read. */
export function leastUpdate(values: number): Count {
  return { dispatches: 0, flops: 14 * values, bytes: words(7 * values) };
}

function forward(config: ModelConfig, tokens: Tokens, lora: LoraSettings | undefined): Count {
  const parts = eachProjection(config, tokens).map(({ projection, rows, size, width }) => {
    const rank = lora?.targets.includes(projection) ? lora.rank : 0;
    return work(2 * rows * (size + rank * width), halves(size) + words(rank * width));
  });
  return addCounts([...parts, attention(config, tokens, 2, () => true), head(config, tokens)]);
}

function backward(config: ModelConfig, tokens: Tokens, { targets, rank }: LoraSettings): Count {
  const lowest = Math.min(...targets.map((target) => depth[target]));
  const parts = eachProjection(config, tokens).map(({ layer, projection, rows, size, width, outputs }) => {
    const adapted = targets.includes(projection) ? rank : 0;
    // Below the lowest adapter nothing asks for a gradient.
    const passed = layer > 0 || depth[projection] > lowest;
    const gradients = 2 * rows * adapted * (outputs + width);
    const through = passed ? 2 * rows * (size + adapted * (width - outputs)) : 0;
    return work(gradients + through, (passed ? halves(size) : 0) + words(2 * adapted * width));
  });
  const reached = (layer: number) => layer > 0 || lowest === 0;
  return addCounts([...parts, attention(config, tokens, 5, reached), head(config, tokens), saved(config, tokens)]);
}

function work(flops: number, bytes: number): Count {
  return { dispatches: 0, flops, bytes };
}

/** Keys and values are wanted of all tokens in all layers, the rest of the last layer only of those that are asked. */
function eachProjection(config: ModelConfig, { all, asked }: Tokens) {
  return Array.from({ length: config.layers }, (_, layer) =>
    projections.map((projection) => {
      const [outputs, inputs] = projectionShape(config, projection);
      const everywhere = layer < config.layers - 1 || projection === 'k_proj' || projection === 'v_proj';
      const rows = everywhere ? all : asked;
      return { layer, projection, rows, outputs, size: outputs * inputs, width: outputs + inputs };
    }),
  ).flat();
}

/** `products` of a query or a weight with every key that it sees. */
function attention(
  { layers, heads, headDim }: ModelConfig,
  { pairs, askedPairs }: Tokens,
  products: number,
  wanted: (layer: number) => boolean,
): Count {
  const all = Array.from({ length: layers }, (_, layer) => (layer < layers - 1 ? pairs : askedPairs));
  const seen = all.reduce((sum, count, layer) => (wanted(layer) ? sum + count : sum), 0);
  return work(2 * products * headDim * heads * seen, 0);
}

function head({ hidden, vocabulary }: ModelConfig, { asked }: Tokens): Count {
  return work(2 * asked * hidden * vocabulary, halves(hidden * vocabulary));
}

/** Activations that backward cannot make again from others without a product: written once, read once. */
function saved({ layers, hidden, heads, kvHeads, headDim, intermediate }: ModelConfig, { all, asked }: Tokens): Count {
  const everywhere = hidden + 2 * kvHeads * headDim;
  const after = hidden + 2 * heads * headDim + 2 * intermediate;
  return work(0, 2 * words(layers * all * everywhere + ((layers - 1) * all + asked) * after));
}
