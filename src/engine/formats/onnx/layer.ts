/** The parts of one layer. Names of nodes follow the modules, names of tensors the checkpoint. */
import type { ModelConfig } from '../../model/config';
import { moduleName, type Projection } from '../../model/projections';
import { projectionShape } from '../../model/tensors';
import { formFacts, type OnnxForm } from './forms';
import type { Graph } from './graph';
import { linear } from './linear';

export interface Context {
  readonly graph: Graph;
  readonly config: ModelConfig;
  readonly form: OnnxForm;
  /** The shape [batch, sequence, −1]. */
  readonly batched: string;
  /** int32: the last key of each sequence, and how many keys there are at most. */
  readonly lastKeys: string;
  readonly total: string;
  /** [context, headDim / 2] */
  readonly cosines: string;
  readonly sines: string;
}

/** The sum of both and its norm; the sum alone is what the next norm adds to. */
export function norm(context: Context, at: string, tensor: string, { sum, added }: { sum: string; added?: string }) {
  const { graph, config, form } = context;
  const weight = graph.tensor(`${tensor}.weight`, [config.hidden], formFacts[form].computed);
  if (added === undefined) return { normed: rmsNorm(context, at, sum, weight), sum };
  const name = `${at}/SkipSimplifiedLayerNormalization`;
  const [normed, both] = [`${name}/output_0`, `${name}/output_3`];
  const epsilon = { epsilon: { float: config.rmsEps } };
  graph.node(name, 'SkipSimplifiedLayerNormalization', [sum, added, weight], epsilon, [normed, '', '', both]);
  return { normed, sum: both };
}

function rmsNorm({ graph, config }: Context, at: string, x: string, weight: string): string {
  return graph.node(`${at}/RMSNormalization`, 'RMSNormalization', [x, weight], {
    ...{ axis: -1, epsilon: { float: config.rmsEps } },
  });
}

/** [tokens, hidden] → [tokens, hidden], and the cache of this layer. */
export function attention(context: Context, layer: number, x: string): string {
  const { graph, config, batched, lastKeys, total, cosines, sines } = context;
  const at = `/model/layers.${layer}/attn`;
  const q = graph.node(`${at}/q/Reshape`, 'Reshape', [heads(context, layer, 'q', x), batched]);
  const k = graph.node(`${at}/k/Reshape`, 'Reshape', [heads(context, layer, 'k', x), batched]);
  const v = graph.node(`${at}/v/Reshape`, 'Reshape', [project(context, layer, 'v_proj', x), batched]);
  const past = ['key', 'value'].map((half) => `past_key_values.${layer}.${half}`);
  const name = `${at}/GroupQueryAttention`;
  const attended = graph.node(
    name,
    'GroupQueryAttention',
    [q, k, v, ...past, lastKeys, total, cosines, sines],
    { num_heads: config.heads, kv_num_heads: config.kvHeads, do_rotary: 1, rotary_interleaved: 0 },
    [`${name}/output_0`, `present.${layer}.key`, `present.${layer}.value`],
  );
  const lines = graph.constant('/model/constants/attended', [-1, config.heads * config.headDim]);
  const inLines = graph.node(`${at}/lines/Reshape`, 'Reshape', [attended, lines]);
  return project(context, layer, 'o_proj', inLines);
}

/** Queries or keys, every head normed where the architecture does so. */
function heads(context: Context, layer: number, which: 'q' | 'k', x: string): string {
  const { graph, config, form } = context;
  const projected = project(context, layer, `${which}_proj`, x);
  if (!config.qkNorm) return projected;
  const at = `/model/layers.${layer}/attn/${which}_norm`;
  const tensor = `model.layers.${layer}.self_attn.${which}_norm.weight`;
  const weight = graph.tensor(tensor, [config.headDim], formFacts[form].computed);
  const apart = graph.node(`${at}/Reshape`, 'Reshape', [
    projected,
    graph.constant('/model/constants/heads', [-1, config.headDim]),
  ]);
  return rmsNorm(context, at, apart, weight);
}

/** SiLU of the gate times what goes up, and down again. */
export function mlp(context: Context, layer: number, x: string): string {
  const { graph } = context;
  const at = `/model/layers.${layer}/mlp`;
  const gate = project(context, layer, 'gate_proj', x);
  const up = project(context, layer, 'up_proj', x);
  const sigmoid = graph.node(`${at}/act_fn/Sigmoid`, 'Sigmoid', [gate]);
  const opened = graph.node(`${at}/act_fn/Mul`, 'Mul', [gate, sigmoid]);
  return project(context, layer, 'down_proj', graph.node(`${at}/Mul`, 'Mul', [opened, up]));
}

function project({ graph, config, form }: Context, layer: number, projection: Projection, x: string): string {
  const [outputs, inputs] = projectionShape(config, projection);
  const module = moduleName(projection);
  const at = `/model/layers.${layer}/${module.replace('self_attn', 'attn').replace('.', '/')}`;
  const tensor = `model.layers.${layer}.${module}`;
  return linear(graph, form, { at, tensor, outputs, inputs, bias: config.biases.includes(projection) }, x);
}
