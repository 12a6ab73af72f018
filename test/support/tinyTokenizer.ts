/** Tokenizers of at most 70 tokens, one for each way to cut a text, for the models of test/fixtures/family. */

export type TinyKind = 'qwen2' | 'llama-bpe' | 'smollm';

export const qwen2Regex = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
export const llama3Regex = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

const special = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
const letters = [..."abcdefghijklmnopqrstuvwxyz0123456789ĠĊ.,!?:'"];
const pairs = ['t h', 'th e', 'Ġ the', 'i n', "' s", '1 2', '12 3', 'e n', 'Ġ a'];
const template =
  '{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';

/** `inthe` is a word that no merge leads to, so that it tells whether whole words are taken before merges. */
const words = [...letters, ...pairs.map((pair) => pair.replace(' ', '')), 'inthe'];
const firstWord = special.length;
const tool = firstWord + words.length;

function preTokenizer(kind: TinyKind) {
  const bytes = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: kind === 'smollm' };
  const split = (Regex: string) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false });
  const first = {
    qwen2: split(qwen2Regex),
    'llama-bpe': split(llama3Regex),
    smollm: { type: 'Digits', individual_digits: true },
  };
  return { type: 'Sequence', pretokenizers: [first[kind], bytes] };
}

const tokenFlags = { single_word: false, lstrip: false, rstrip: false, normalized: false };

function added(id: number, content: string, isSpecial: boolean) {
  return { id, content, ...tokenFlags, special: isSpecial };
}

/** Puts the first special token before every text, as Llama 3 does. */
const withBos = {
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: special[1], type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
  pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
  special_tokens: { '<|im_start|>': { id: special[1], ids: [1], tokens: [special[1]] } },
};

/** `tokenizer.json`, parsed; merges as pairs or, as older files have them, as texts. */
export function tinyTokenizer(kind: TinyKind, merges: 'pairs' | 'texts' = 'pairs') {
  return {
    ...{ version: '1.0', truncation: null, padding: null, normalizer: null },
    added_tokens: [...special.map((content, id) => added(id, content, true)), added(tool, '<tool>', false)],
    pre_tokenizer: preTokenizer(kind),
    post_processor: kind === 'llama-bpe' ? withBos : null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      ...{ type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null },
      ...{ fuse_unk: false, byte_fallback: false, ignore_merges: kind === 'llama-bpe' },
      vocab: Object.fromEntries([
        ...special.map((token, id) => [token, id]),
        ...words.map((word, i) => [word, firstWord + i]),
      ]),
      merges: merges === 'texts' ? pairs : pairs.map((pair) => pair.split(' ')),
    },
  };
}

/** As Transformers writes a token with settings. */
const paddingToken = { __type: 'AddedToken', content: special[0], ...tokenFlags, special: true };

export const tinyTokenizerConfig = {
  ...{ tokenizer_class: 'PreTrainedTokenizerFast', clean_up_tokenization_spaces: false },
  ...{ bos_token: special[1], eos_token: special[2], pad_token: paddingToken },
  chat_template: template,
};

/** The number of its token that is added but not special; behind it there is none. */
export const tinyTool = tool;
