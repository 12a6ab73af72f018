// What is pasted elsewhere: one prompt and one way to answer in all of them, and no text that breaks out of its place.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  asked,
  browserSnippet,
  cardSnippet,
  nodeSnippet,
  type Snippet,
  transformersJs,
} from '../../src/engine/takeHome/snippet';

const snippet: Snippet = {
  ...{ name: 'sums', from: 'folder', dtype: 'fp16', maxNewTokens: 64, repetitionPenalty: 1 },
  messages: asked('sum "it"', '2631'),
};

type Called = readonly [task: string, model: string, options: Record<string, unknown>];

/** Runs it with a library that only remembers. */
async function ran(text: string) {
  const script = /<script type="module">([\s\S]*)<\/script>$/.exec(text)?.[1] ?? text;
  const body = script.replace(/^import (.*) from '(.*)';$/m, 'const $1 = await load("$2");');
  const env: Record<string, unknown> = {};
  const seen: { from: string; called: Called; asked: unknown[]; said: unknown[] } = {
    ...{ from: '', called: ['', '', {}], asked: [], said: [] },
  };
  const load = async (from: string) => {
    seen.from = from;
    const pipeline = async (...called: Called) => {
      seen.called = called;
      return async (...all: unknown[]) => {
        seen.asked = all;
        return [{ generated_text: [{ content: 'question' }, { content: 'answer' }] }];
      };
    };
    return { env, pipeline };
  };
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  await new AsyncFunction('load', 'console', body)(load, { log: (said: unknown) => seen.said.push(said) });
  return { ...seen, env };
}

const greedy = { max_new_tokens: 64, do_sample: false, repetition_penalty: 1 };

it('reads the folder from the disk in Node, from a server in a page, and nothing else', async () => {
  const node = await ran(nodeSnippet(snippet));
  expect(node.from).toBe('@huggingface/transformers');
  expect(node.env).toEqual({ allowRemoteModels: false, localModelPath: '.' });
  expect(node.called).toEqual(['text-generation', 'sums', { dtype: 'fp16' }]);
  expect(node.asked).toEqual([snippet.messages, greedy]);
  expect(node.said).toEqual(['answer']);
  const page = await ran(browserSnippet(snippet, 'webgpu'));
  expect(page.from).toBe(`https://cdn.jsdelivr.net/npm/@huggingface/transformers@${transformersJs}`);
  expect(page.env).toEqual({ allowRemoteModels: false, allowLocalModels: true, localModelPath: '/models/' });
  expect(page.called).toEqual(['text-generation', 'sums', { dtype: 'fp16', device: 'webgpu' }]);
  expect(page.asked).toEqual(node.asked);
  expect(page.said).toEqual(['answer']);
});

it('asks the Hub under its owner’s name, as the card does', async () => {
  for (const text of [nodeSnippet({ ...snippet, from: 'hub' }), browserSnippet({ ...snippet, from: 'hub' }, 'wasm')]) {
    const { env, called, asked } = await ran(text);
    expect(env).toEqual({});
    expect(called[1]).toBe('owner/sums');
    expect(asked).toEqual([snippet.messages, greedy]);
  }
  const card = await ran(cardSnippet({ ...snippet, repetitionPenalty: undefined }));
  expect(card.called[1]).toBe('owner/name');
  expect(card.asked[1]).toEqual({ max_new_tokens: 64, do_sample: false });
});

it('holds any text as it is', async () => {
  const wild = asked('', `</script><!--<script>"'\`\${1}\\ \n\u2028😀`);
  const page = browserSnippet({ ...snippet, messages: wild }, 'wasm');
  expect(page.match(/<\/script>/g)).toHaveLength(1);
  expect(page).not.toContain('<!--');
  for (const text of [page, nodeSnippet({ ...snippet, messages: wild })])
    expect((await ran(text)).asked[0]).toEqual(wild);
});

it('names the version of the library that the studio itself is tested with', () => {
  const { version } = JSON.parse(readFileSync('node_modules/@huggingface/transformers/package.json', 'utf8'));
  expect(version.split('.')[0]).toBe(transformersJs);
});
