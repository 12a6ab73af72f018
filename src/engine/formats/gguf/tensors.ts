/** The tensors of a GGUF file: llama.cpp's names, the types its converter gives them, and their bytes as they are asked for. */
import type { ModelConfig } from '../../model/config';
import { StudioError } from '../../studioError';
import type { OutgoingModel } from '../outgoing';
import { inBlocks, type Pieces } from '../pieces';
import type { OutgoingTensor } from '../shards';
import { type GgmlType, type GgufTensorInfo, ggmlTypes } from './container';
import { converters } from './convert';
import { permuteHeads } from './heads';
import { ropeFactors } from './ropeFactors';

/** What most of the weights are written as. */
export type GgufForm = 'f16' | 'bf16' | 'q8_0';

export interface GgufTensor extends GgufTensorInfo {
  readonly pieces: () => Pieces;
}

const matrixTypes: Readonly<Record<GgufForm, GgmlType>> = { f16: 'F16', bf16: 'BF16', q8_0: 'Q8_0' };

const names: Readonly<Record<string, string>> = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  lm_head: 'output',
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'self_attn.q_norm': 'attn_q_norm',
  'self_attn.k_norm': 'attn_k_norm',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

/** Every tensor of the model, and the factors of scaled positions where it has them. */
export function ggufTensors({ config, tensors }: OutgoingModel, form: GgufForm): GgufTensor[] {
  const weights = tensors.map((tensor) => ggufTensor(config, tensor, form));
  const factors = ropeFactors(config);
  if (!factors) return weights;
  const bytes = new Uint8Array(factors.buffer);
  const info = { name: 'rope_freqs.weight', shape: [factors.length], type: 'F32' } as const;
  return [{ ...info, pieces: () => only(bytes) }, ...weights];
}

async function* only(piece: Uint8Array<ArrayBuffer>) {
  yield piece;
}

function ggufTensor(config: ModelConfig, tensor: OutgoingTensor, form: GgufForm): GgufTensor {
  const type = typeOf(tensor.shape, form);
  return {
    ...{ name: ggufName(tensor.name), shape: tensor.shape, type },
    pieces: () => converted(tensor.name, type, form, inOrder(config, tensor)),
  };
}

/** `model.layers.3.mlp.up_proj.weight` is `blk.3.ffn_up.weight`. */
function ggufName(name: string): string {
  const [, layer, module = '', part] = /^(?:model\.layers\.(\d+)\.)?(.+)\.(weight|bias)$/.exec(name) ?? [];
  const found = names[module];
  if (found === undefined) throw new RangeError(`GGUF has no name for ${name}`);
  return layer === undefined ? `${found}.${part}` : `blk.${layer}.${found}.${part}`;
}

/** llama.cpp keeps norms and biases in f32; rows that are no whole blocks are f16 instead. */
function typeOf(shape: readonly number[], form: GgufForm): GgmlType {
  if (shape.length === 1) return 'F32';
  const type = matrixTypes[form];
  return shape.at(-1)! % ggmlTypes[type].block === 0 ? type : 'F16';
}

/** Only the Llama of llama.cpp turns neighbouring rows; its Qwens turn what Hugging Face turns. */
function inOrder({ architecture, headDim }: ModelConfig, { name, shape, pieces }: OutgoingTensor) {
  if (architecture !== 'LlamaForCausalLM' || !/\.[qk]_proj\.(weight|bias)$/.test(name)) return pieces();
  return permuteHeads(pieces(), headDim, 2 * (shape[1] ?? 1));
}

async function* converted(
  name: string,
  type: GgmlType,
  form: GgufForm,
  pieces: Pieces,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const piece of inBlocks(pieces, 2 * ggmlTypes[type].block)) {
    const { bytes, overflows } = converters[type](piece);
    if (overflows > 0) throw overflow(name, form);
    yield bytes;
  }
}

function overflow(tensor: string, form: GgufForm): StudioError {
  const named = matrixTypes[form];
  const message = `${tensor} holds weights that are too large for ${named}: F16, which it is made of, ends at 65504. Write the model as BF16.`;
  return new StudioError('gguf-overflow', message, { tensor, form: named });
}
