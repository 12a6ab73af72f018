// Chat templates that are made to hurt: refused in words, by what they do and not by a clock; published ones say what they said.
import { PreTrainedTokenizer } from '@huggingface/transformers';
import { describe, expect, it } from 'vitest';
import { createTokenizer } from '../../src/engine/data/tokenizer';
import { effortOf, HANG } from '../support/effort';
import { qwenJson, qwenTokenizer } from '../support/qwen';
import { tinyTokenizer, tinyTokenizerConfig } from '../support/tinyTokenizer';

const open = (chat_template: unknown) =>
  createTokenizer(tinyTokenizer('qwen2'), { ...tinyTokenizerConfig, chat_template });
const nested = (depth: number): string =>
  `${'{% for a in range(100) %}'.repeat(depth)}{{ a }}${'{% endfor %}'.repeat(depth)}`;

describe('a template that', () => {
  it.each([
    ['counts to a thousand million', '{% for i in range(1000000000) %}{{ i }}{% endfor %}'],
    ['counts backwards, in large steps', '{% for i in range(9000000000000, 0, -2) %}{% endfor %}'],
    ['has a step of nothing', '{% for i in range(0, 1, 1e-9) %}{% endfor %}'],
    ['has loops within loops', nested(8)],
    ['doubles a text', `{% set s = 'ab' %}${'{% set s = s ~ s %}'.repeat(40)}{{ s }}`],
    ['doubles a list', `{% set s = [1, 2] %}${'{% set s = s + s %}'.repeat(40)}{{ s | length }}`],
    [
      'makes lists of a long text',
      `{% set s = 'ab' %}${'{% set s = s ~ s %}'.repeat(16)}${"{{ s.split('') | length }}".repeat(9)}`,
    ],
    [
      'loops over a list, over and over, with nothing inside',
      `{% set l = range(30000) %}${'{% for x in l %}{% endfor %}'.repeat(1000)}`,
    ],
    [
      'looks for what is in no list, over and over',
      `{% set l = range(30000) %}{% for i in range(3000) %}{{ 'x' in l }}{% endfor %}`,
    ],
    [
      'writes out a list that has another twice, which has another twice',
      `{% set s = [1] %}${'{% set s = [s, s] %}'.repeat(24)}{{ s | tojson }}`,
    ],
    [
      'writes out such an object',
      `{% set s = {'a': 1} %}${"{% set s = {'a': s, 'b': s} %}".repeat(24)}{{ s | tojson }}`,
    ],
    ['calls itself', '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}'],
    ['replaces by more', `{% set s = 'aaaaaaaa' %}${"{% set s = s.replace('a', 'aaaaaaaa') %}".repeat(12)}{{ s }}`],
    ['is nested deeply', `{{ ${'('.repeat(20_000)}1${')'.repeat(20_000)} }}`],
    ['is long', ' x'.repeat(100_000)],
    ['is white space', `${' '.repeat(60_000)}{% generation`],
    ['is a number', 7],
    ['is a list of anything', [null, 7, { name: 1 }]],
    ['is an object', { __proto__: null, toString: 'x' }],
  ])('%s is refused in words', (_, template) => {
    const effort = effortOf(() => {
      expect(() => open(template)).toThrow(expect.objectContaining({ code: 'tokenizer-invalid' }));
    });
    expect(effort).toBeLessThan(HANG);
  });

  it('waits for a question that it knows is refused when it comes', () => {
    const later = open("{% if messages[0].content == 'now' %}{% for i in range(1000000000) %}{% endfor %}{% endif %}");
    expect(later.prompt([{ role: 'user', content: '2631' }])).toEqual([]);
    expect(() => later.prompt([{ role: 'user', content: 'now' }])).toThrow(/far more steps/);
    expect(later.prompt([{ role: 'user', content: '2631' }])).toEqual([]);
  });
});

describe('published templates', () => {
  const library = new PreTrainedTokenizer(qwenJson('tokenizer.json.gz'), qwenJson('tokenizer_config.json'));
  const ours = qwenTokenizer();
  const say = (content: string) => [{ role: 'user', content }] as const;

  it('are as the library renders them', () => {
    for (const messages of [say('2631'), [{ role: 'system' as const, content: 'Be short.' }, ...say('a')]]) {
      const text = library.apply_chat_template([...messages], { tokenize: false, add_generation_prompt: true });
      expect(ours.prompt(messages)).toEqual(ours.encode(String(text)));
    }
  });

  it('have room for a thousand turns, and for a text of a million characters', () => {
    const turns = Array.from({ length: 1000 }, (_, i) => ({
      role: i % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content: 'word '.repeat(20),
    }));
    expect(ours.prompt(turns).length).toBeGreaterThan(20_000);
    expect(open(tinyTokenizerConfig.chat_template).prompt(say('a'.repeat(1e5))).length).toBeGreaterThan(1e5);
  });
});
