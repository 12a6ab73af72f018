// Tokens as text: alone, and one after the other.
import { describe, expect, it } from 'vitest';
import { TextStream } from '../../src/engine/data/textStream';
import { tokenText } from '../../src/engine/data/tokenText';
import { qwenTokenizer } from '../support/qwen';

const texts = ['hello world', '王大丫丫的回答是--->2164 + 467', '🧪𠮷𡨸 ok', '👩‍🔬 naïve\n\n  x', '龘靐齉'];

describe.each(texts)('%s', (text) => {
  const tokenizer = qwenTokenizer();
  const ids = tokenizer.encode(text);

  it('is streamed in whole characters that join to the whole', () => {
    const stream = new TextStream(tokenizer);
    const parts = ids.map((id) => stream.add(id));
    expect(parts.join('') + stream.rest()).toBe(text);
    expect(parts.some((part) => part.includes('\ufffd'))).toBe(false);
    expect(stream.rest()).toBe('');
  });

  it('is the text or the bytes of its tokens', () => {
    const parts = ids.map((id) => tokenText(tokenizer, id));
    const bytes = parts.flatMap((part) =>
      part.startsWith('\\x')
        ? part
            .split('\\x')
            .slice(1)
            .map((hex) => Number.parseInt(hex, 16))
        : [...new TextEncoder().encode(part)],
    );
    expect(new TextDecoder().decode(new Uint8Array(bytes))).toBe(text);
  });
});

it('tokens that end in the middle of a character occur here, and the tokens alone would show it', () => {
  const tokenizer = qwenTokenizer();
  const alone = texts.flatMap((text) => tokenizer.encode(text).map((id) => tokenizer.decode([id])));
  expect(alone.filter((part) => part.includes('\ufffd')).length).toBeGreaterThan(5);
});

it('a character that never becomes whole comes at the end, as it is decoded', () => {
  const tokenizer = qwenTokenizer();
  const half = tokenizer.encode('a𡨸').slice(0, -1);
  const stream = new TextStream(tokenizer);
  const parts = half.map((id) => stream.add(id));
  expect(parts.join('')).toBe('a');
  expect(parts.join('') + stream.rest()).toBe(tokenizer.decode(half));
  expect(stream.rest()).toContain('\ufffd');
});

it('special tokens and numbers without a token have a name', () => {
  const tokenizer = qwenTokenizer();
  expect(tokenText(tokenizer, tokenizer.endToken)).toBe('<|im_end|>');
  expect(tokenText(tokenizer, 151_900)).toBe('#151900');
});
