import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { tokenizeExamples } from '../../src/engine/data/examples';
import { parseJsonl } from '../../src/engine/data/jsonl';
import { packed } from '../../src/engine/data/layout';
import { createTokenizer } from '../../src/engine/data/tokenizer';
import { StudioError } from '../../src/engine/studioError';
import { qwenFile, qwenJson, qwenTokenizer } from '../support/qwen';

const ids = v.array(v.number());
const conformance = v.parse(
  v.object({ cases: v.array(v.object({ source: v.string(), text: v.string(), ids })) }),
  qwenJson('tokenizer-cases.json'),
);
const seed = v.parse(
  v.object({
    system: v.string(),
    eos_id: v.number(),
    pad_id: v.number(),
    prompt_text_2631: v.string(),
    prompt_text_2631_default_system: v.string(),
    default_system_prompt_ids_2631: ids,
    full_chatml_text: v.string(),
    full_chatml_ids: ids,
  }),
  qwenJson('seed-tokenisation.json'),
);

it('the fixture is the published tokenizer', () => {
  const digest = createHash('sha256').update(qwenFile('tokenizer.json.gz')).digest('hex');
  expect(digest).toBe('c0382117ea329cdf097041132f6d735924b697924d6f6fc3945713e96ce87539');
});

describe('conformance', () => {
  it('has all 71 texts', () => expect(conformance.cases).toHaveLength(71));

  it.each(conformance.cases)('$text', ({ text, ids: expected }) => {
    expect(qwenTokenizer().encode(text)).toEqual(expected);
  });

  it.each(conformance.cases)('back: $text', ({ text, ids: expected }) => {
    // Qwen2 normalises to NFC, and decode leaves out special tokens such as <|endoftext|>.
    const plain = text.normalize('NFC').replaceAll(/<\|[a-z_]+\|>/g, '');
    expect(qwenTokenizer().decode(expected)).toBe(plain);
  });
});

it('an answer has the ids of its text, through the file of rows', async () => {
  const texts = conformance.cases.filter(({ text }) => text.trim() !== '');
  const lines = texts.map(({ text }) => JSON.stringify({ instruction: '1', output: text }));
  const { examples, problems } = parseJsonl(new TextEncoder().encode(lines.join('\n')));
  const options = { systemPrompt: '', maxTokens: 32_768, lengths: packed, asked: true };
  const watch = { boundary: async () => 'go' as const, progress: () => {} };
  const tokenized = await tokenizeExamples(qwenTokenizer(), examples, options, watch);
  expect(problems).toEqual([]);
  expect(tokenized?.rows.map(({ answer }) => [...answer])).toEqual(texts.map((each) => [...each.ids, seed.eos_id]));
  // The nine others are white space, which is no answer.
  expect(texts).toHaveLength(62);
});

describe('chat template', () => {
  const question = { role: 'user', content: '2631' } as const;

  it('renders the recipe’s prompt', () => {
    const tokenizer = qwenTokenizer();
    const prompt = tokenizer.prompt([{ role: 'system', content: seed.system }, question]);
    expect(prompt).toEqual(tokenizer.encode(seed.prompt_text_2631));
    expect(prompt).toHaveLength(31);
  });

  it('inserts the model’s own system prompt when there is none', () => {
    expect(qwenTokenizer().prompt([question])).toEqual(seed.default_system_prompt_ids_2631);
    expect(qwenTokenizer().encode(seed.prompt_text_2631_default_system)).toEqual(seed.default_system_prompt_ids_2631);
  });

  it('recognises the template’s markers in text', () => {
    expect(qwenTokenizer().encode(seed.full_chatml_text)).toEqual(seed.full_chatml_ids);
  });
});

describe('facts', () => {
  it('knows the end token and the size', () => {
    expect(qwenTokenizer().endToken).toBe(seed.eos_id);
    expect(qwenTokenizer().padToken).toBe(seed.pad_id);
    expect([seed.eos_id, seed.pad_id]).toEqual([151645, 151643]);
    expect(qwenTokenizer().vocabularySize).toBe(151665);
  });

  it('decodes nothing, special tokens and unused rows of the embedding to nothing', () => {
    expect(qwenTokenizer().decode([])).toBe('');
    expect(qwenTokenizer().decode([151645, 151643])).toBe('');
    expect(qwenTokenizer().decode([151900])).toBe('');
    expect(qwenTokenizer().decode(Uint32Array.of(17, 151900, 21, 151645))).toBe('26');
  });

  it('keeps the spaces of an answer', () => {
    const text = "王大丫丫的回答是--->2164 + 467 , it is n't  .";
    expect(qwenTokenizer().decode(qwenTokenizer().encode(text))).toBe(text);
  });
});

describe('tokenizers that cannot be used', () => {
  // A whole tokenizer in small: two letters, one merge, one special token.
  const small = {
    added_tokens: [
      { id: 3, content: '<end>', special: true, normalized: false, single_word: false, lstrip: false, rstrip: false },
    ],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] },
  };
  const template = '{% for m in messages %}{{ m.content }}{% endfor %}';
  const codeOf = (tokenizerJson: unknown, config: unknown): string => {
    try {
      createTokenizer(tokenizerJson, config);
      return 'no error';
    } catch (error) {
      return error instanceof StudioError ? error.code : String(error);
    }
  };

  it('accepts the small one', () => {
    const tokenizer = createTokenizer(small, { eos_token: '<end>', chat_template: template });
    expect(tokenizer.prompt([{ role: 'user', content: 'abba' }])).toEqual([2, 1, 0]);
    expect(tokenizer.endToken).toBe(3);
    expect(tokenizer.vocabularySize).toBe(4);
  });

  it('names what is wrong', () => {
    expect(codeOf({}, { eos_token: '<end>', chat_template: template })).toBe('tokenizer-invalid');
    expect(codeOf(null, {})).toBe('tokenizer-invalid');
    expect(codeOf(small, null)).toBe('tokenizer-invalid');
    expect(codeOf(small, { chat_template: template })).toBe('tokenizer-invalid');
    expect(codeOf(small, { eos_token: '<other>', chat_template: template })).toBe('tokenizer-invalid');
    expect(codeOf(small, { eos_token: '<end>' })).toBe('no-chat-template');
    expect(codeOf(small, { eos_token: '<end>', chat_template: '{% for m in %}' })).toBe('tokenizer-invalid');
  });
});
