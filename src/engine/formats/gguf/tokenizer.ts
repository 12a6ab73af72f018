/** What a GGUF file says of the tokenizer: tokens, their kinds, merges, special tokens and the chat template. */
import { shorten } from '../../studioError';
import type { OutgoingModel } from '../outgoing';
import { isObject } from '../safetensorsEntry';
import type { GgufMetadata } from './container';
import { text, u32 } from './metadata';
import { preTokenizerName } from './preTokenizer';
import { addsSpecial, chatTemplate, specialTokens } from './specialTokens';
import { type Json, objects, refuse, tokenizerFiles } from './tokenizerFiles';

/** `llama_token_type` of llama.cpp. */
const kinds = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const;

/** Throws a StudioError `gguf-tokenizer` when llama.cpp would read texts as other tokens than the studio. */
export async function tokenizerMetadata({ config, files }: OutgoingModel): Promise<GgufMetadata> {
  const parsed = await tokenizerFiles(files);
  const { tokenizer } = parsed;
  const pre = checkedPre(tokenizer);
  const { tokens, types } = tokensOf(tokenizer, config.vocabulary);
  const ids = specialTokens(parsed, config.vocabulary);
  const template = chatTemplate(parsed);
  return [
    ['tokenizer.ggml.model', text('gpt2')],
    ['tokenizer.ggml.pre', text(pre)],
    ['tokenizer.ggml.tokens', { kind: 'texts', value: tokens }],
    ['tokenizer.ggml.token_type', { kind: 'i32s', value: types }],
    ['tokenizer.ggml.merges', { kind: 'texts', value: mergesOf(tokenizer) }],
    ...ids.map(([kind, id]) => [`tokenizer.ggml.${kind}_token_id`, u32(id)] as const),
    ...addsSpecial(parsed).map(
      ([kind, value]) => [`tokenizer.ggml.add_${kind}_token`, { kind: 'bool', value }] as const,
    ),
    ...(template === undefined ? [] : [['tokenizer.chat_template', text(template)] as const]),
  ];
}

/** The name of the pre-tokenizer, if everything else is what llama.cpp does for it too. */
function checkedPre({ model, normalizer, pre_tokenizer: preTokenizer }: Json): string {
  if (!isObject(model) || model.type !== 'BPE' || model.byte_fallback === true)
    throw refuse('it is not a byte-level BPE');
  // llama.cpp normalises nothing: texts that are NFC already, as nearly all are, stay the same.
  if (isObject(normalizer) && normalizer.type !== 'NFC')
    throw refuse(`llama.cpp does not change texts as its normalizer ${shorten(String(normalizer.type))} does`);
  const pre = preTokenizerName(preTokenizer, model.ignore_merges === true);
  if (pre !== undefined) return pre;
  throw refuse(
    'it cuts texts into words in a way that has no name in llama.cpp (those of Qwen2, Qwen3, Llama 3, SmolLM2 and GPT-2 have one)',
  );
}

/** One for every row of the embedding. llama.cpp loads no file in which two are the same. */
function tokensOf({ model, added_tokens: added }: Json, vocabulary: number) {
  const tokens = Array.from({ length: vocabulary }, (_, id) => `[PAD${id}]`);
  const types = new Array<number>(vocabulary).fill(kinds.unused);
  const put = (id: unknown, token: string, type: number): void => {
    if (typeof id !== 'number' || !(id in tokens))
      throw refuse(`"${shorten(token)}" is token ${id}, but the model has ${vocabulary}`);
    tokens[id] = token;
    types[id] = type;
  };
  const vocab = isObject(model) && isObject(model.vocab) ? model.vocab : {};
  for (const [token, id] of Object.entries(vocab)) put(id, token, kinds.normal);
  for (const { id, content, special } of objects(added)) put(id, String(content), addedType(String(content), special));
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const twice = tokens.find((token, id) => ids.get(token) !== id);
  if (twice !== undefined) throw refuse(`two of its tokens are written "${shorten(twice)}"`);
  return { tokens, types };
}

/** As llama.cpp's converter: what looks like a control token is one, whatever the file says. */
function addedType(token: string, special: unknown): number {
  return special === true || /^<\|.*\|>$/s.test(token) ? kinds.control : kinds.userDefined;
}

/** As texts, or as pairs since Transformers 4.45. */
function mergesOf({ model }: Json): string[] {
  const merges: unknown[] = isObject(model) && Array.isArray(model.merges) ? model.merges : [];
  return merges.map((merge) => (Array.isArray(merge) ? merge.join(' ') : String(merge)));
}
