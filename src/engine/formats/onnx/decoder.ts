/**
 * The decoder as a graph, with a cache of keys and values: operators that onnxruntime-web has on WebAssembly and on WebGPU,
 * under the names of inputs and outputs that transformers.js asks for. The tokens of all sequences are lines [tokens, hidden];
 * only attention sees [batch, sequence, hidden].
 */
import type { ModelConfig } from '../../model/config';
import { formFacts, type OnnxForm } from './forms';
import { Graph } from './graph';
import { attention, type Context, mlp, norm } from './layer';
import { linear } from './linear';
import { dataType, type OnnxModel, type Value } from './proto';

export interface DecoderGraph
  extends Pick<OnnxModel, 'nodes' | 'inputs' | 'outputs'>,
    Pick<Graph, 'constants' | 'parts'> {}

export function decoderGraph(config: ModelConfig, form: OnnxForm): DecoderGraph {
  const graph = new Graph();
  const context: Context = { graph, config, form, ...prepare(graph, config, form) };
  let lines: { sum: string; added?: string } = { sum: embed(context) };
  for (let layer = 0; layer < config.layers; layer++) {
    const [at, tensor] = [`/model/layers.${layer}`, `model.layers.${layer}`];
    const before = norm(context, `${at}/input_layernorm`, `${tensor}.input_layernorm`, lines);
    const added = attention(context, layer, before.normed);
    const after = norm(context, `${at}/post_attention_layernorm`, `${tensor}.post_attention_layernorm`, {
      ...{ sum: before.sum, added },
    });
    lines = { sum: after.sum, added: mlp(context, layer, after.normed) };
  }
  head(context, norm(context, '/model/norm', 'model.norm', lines).normed);
  const { nodes, constants, parts } = graph;
  return { nodes, constants, parts, ...interfaceOf(config, form) };
}

/** What every layer asks for: shapes, positions, and how long each sequence is with what lies in the cache. */
function prepare(graph: Graph, config: ModelConfig, form: OnnxForm) {
  const [ids, mask] = ['/model/input_ids', '/model/attention_mask'];
  const one = graph.constant('/model/constants/one', [1]);
  const rest = graph.constant('/model/constants/rest', [-1]);
  const sizes = graph.node(`${ids}/Shape`, 'Shape', ['input_ids']);
  const lengths = graph.node(`${mask}/ReduceSum`, 'ReduceSum', ['attention_mask', one], { keepdims: 0 });
  const last = graph.node(`${mask}/Sub`, 'Sub', [lengths, one]);
  const width = graph.node(`${mask}/Shape`, 'Shape', ['attention_mask'], { start: 1, end: 2 });
  return {
    batched: graph.node(`${ids}/Concat`, 'Concat', [sizes, rest], { axis: 0 }),
    lastKeys: graph.node(`${mask}/seqlens_k/Cast`, 'Cast', [last], { to: dataType.int32 }),
    total: graph.node(`${mask}/total_sequence_length/Cast`, 'Cast', [width], { to: dataType.int32 }),
    cosines: rotary(graph, config, form, 'cosines'),
    sines: rotary(graph, config, form, 'sines'),
  };
}

function rotary(graph: Graph, { context, headDim }: ModelConfig, form: OnnxForm, half: 'cosines' | 'sines'): string {
  const name = half === 'cosines' ? 'cos_cache' : 'sin_cache';
  const as = formFacts[form].computed;
  graph.parts.push({
    stored: [{ name, type: as, shape: [context, headDim / 2] }],
    source: { kind: 'rotary', half, as },
  });
  return name;
}

/** [tokens, hidden] */
function embed({ graph, config, form }: Context): string {
  const at = '/model/embed_tokens';
  const shape = [config.vocabulary, config.hidden];
  const weight = graph.tensor('model.embed_tokens.weight', shape, formFacts[form].computed);
  const found = graph.node(`${at}/Gather`, 'Gather', [weight, 'input_ids']);
  return graph.node(`${at}/Reshape`, 'Reshape', [found, hiddenLines(graph, config)]);
}

function hiddenLines(graph: Graph, { hidden }: ModelConfig): string {
  return graph.constant('/model/constants/lines', [-1, hidden]);
}

/**
 * Logits of the last `num_logits_to_keep` positions of each sequence, of all of them when it is 0: from position −n on, and −0 is
 * the first.
 */
function head({ graph, config, form, batched }: Context, x: string): void {
  const { tied, hidden, vocabulary } = config;
  const at = '/lm_head';
  const rest = graph.constant('/model/constants/rest', [-1]);
  const end = graph.constant('/model/constants/end', [Number.MAX_SAFE_INTEGER]);
  const axis = graph.constant('/model/constants/one', [1]);
  const apart = graph.node(`${at}/batched/Reshape`, 'Reshape', [x, batched]);
  const negative = graph.node(`${at}/Neg`, 'Neg', ['num_logits_to_keep']);
  const start = graph.node(`${at}/start/Reshape`, 'Reshape', [negative, rest]);
  const kept = graph.node(`${at}/Slice`, 'Slice', [apart, start, end, axis]);
  const keptLines = graph.node(`${at}/lines/Reshape`, 'Reshape', [kept, hiddenLines(graph, config)]);
  const map = { at, tensor: tied ? 'model.embed_tokens' : 'lm_head', outputs: vocabulary, inputs: hidden, bias: false };
  const logits = linear(graph, form, map, keptLines);
  const shape = graph.node(`${at}/Shape`, 'Shape', [kept], { start: 0, end: 2 });
  const wide = graph.node(`${at}/Concat`, 'Concat', [shape, rest], { axis: 0 });
  // fp32 whatever was computed: samplers want it, and not every JavaScript has halves.
  const float = graph.node(`${at}/Cast`, 'Cast', [logits], { to: dataType.float32 });
  graph.node(`${at}/logits/Reshape`, 'Reshape', [float, wide], {}, ['logits']);
}

/** transformers.js shapes an empty cache after these names: `batch_size` is known to it, any other is 0. */
function interfaceOf(config: ModelConfig, form: OnnxForm): Pick<OnnxModel, 'inputs' | 'outputs'> {
  const { layers, kvHeads, headDim, vocabulary } = config;
  const type = formFacts[form].computed;
  const cache = (name: string, length: string): Value[] =>
    Array.from({ length: layers }, (_, layer) => ['key', 'value'].map((half) => `${name}.${layer}.${half}`))
      .flat()
      .map((one) => ({ name: one, type, shape: ['batch_size', kvHeads, length, headDim] }));
  return {
    inputs: [
      { name: 'input_ids', type: 'int64', shape: ['batch_size', 'sequence_length'] },
      { name: 'attention_mask', type: 'int64', shape: ['batch_size', 'total_sequence_length'] },
      { name: 'num_logits_to_keep', type: 'int64', shape: [] },
      ...cache('past_key_values', 'past_sequence_length'),
    ],
    outputs: [
      { name: 'logits', type: 'float32', shape: ['batch_size', 'logits_length', vocabulary] },
      ...cache('present', 'total_sequence_length'),
    ],
  };
}
