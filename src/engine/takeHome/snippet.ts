/** What is pasted elsewhere to ask a written model: for transformers.js in a browser and in Node, and parts of it for the card. */
import type { Message } from '../studio';

/** The version of transformers.js that reads what is written here. */
export const transformersJs = '4';

const library = `@huggingface/transformers`;

/** How the same answer is drawn everywhere: greedy. */
export interface Answering {
  readonly maxNewTokens: number;
  /** Undefined: the one that the model's `generation_config.json` states. */
  readonly repetitionPenalty: number | undefined;
}

export interface Snippet extends Answering {
  /** The folder's; a placeholder stands for its owner on the Hub. */
  readonly name: string;
  readonly from: 'folder' | 'hub';
  readonly dtype: string;
  readonly messages: readonly Message[];
}

/** A list that is valid in Python and in JavaScript. */
export function messagesText(messages: readonly Message[]): string {
  const lines = messages.map(
    ({ role, content }) => `    {"role": ${JSON.stringify(role)}, "content": ${JSON.stringify(content)}},\n`,
  );
  return `messages = [\n${lines.join('')}]`;
}

/** With the system prompt in front, if there is one. */
export function asked(systemPrompt: string, question: string): readonly Message[] {
  const system: readonly Message[] = systemPrompt === '' ? [] : [{ role: 'system', content: systemPrompt }];
  return [...system, { role: 'user', content: question }];
}

/** A module for Node, run beside the folder. */
export function nodeSnippet(snippet: Snippet): string {
  const { name, from, dtype } = snippet;
  const local = `
env.allowRemoteModels = false;
env.localModelPath = '.'; // where the folder ${name} lies
`;
  return `// npm install ${library}@${transformersJs}
import { ${from === 'folder' ? 'env, ' : ''}pipeline } from '${library}';
${from === 'folder' ? local : ''}
const generator = await pipeline('text-generation', ${placeOf(snippet)}, { dtype: '${dtype}' });
${asking(snippet)}
console.log(answer[0].generated_text.at(-1).content);`;
}

/** A page of its own, which needs no build. Without its first line a browser would read the prompt as other characters. */
export function browserSnippet(snippet: Snippet, device: 'wasm' | 'webgpu'): string {
  const { name, from, dtype } = snippet;
  const local = `
env.allowLocalModels = true;
env.allowRemoteModels = false;
env.localModelPath = '/models/'; // where your server has the folder ${name}
`;
  // No text may end the script that it stands in.
  const inScript = asking(snippet).replaceAll('<', '\\u003c');
  return `<meta charset="utf-8">
<script type="module">
// With a bundler: npm install ${library}@${transformersJs},
// and import from '${library}'.
import { ${from === 'folder' ? 'env, ' : ''}pipeline } from 'https://cdn.jsdelivr.net/npm/${library}@${transformersJs}';
${from === 'folder' ? local : ''}
const generator = await pipeline('text-generation', ${placeOf(snippet)}, { dtype: '${dtype}', device: '${device}' });
${inScript}
console.log(answer[0].generated_text.at(-1).content);
</script>`;
}

/** For the card: one that runs in both, from the Hub. */
export function cardSnippet(snippet: Omit<Snippet, 'from' | 'name'>): string {
  return `import { pipeline } from '${library}';

const generator = await pipeline('text-generation', 'owner/name', { dtype: '${snippet.dtype}' }); // its name on the Hub
${asking(snippet)}
console.log(answer[0].generated_text.at(-1).content);`;
}

function placeOf({ name, from }: Pick<Snippet, 'name' | 'from'>): string {
  return JSON.stringify(from === 'folder' ? name : `owner/${name}`).replace(/^"([^'\\]*)"$/, `'$1'`);
}

function asking({ messages, maxNewTokens, repetitionPenalty }: Answering & Pick<Snippet, 'messages'>): string {
  const penalty = repetitionPenalty === undefined ? '' : `, repetition_penalty: ${repetitionPenalty}`;
  return `const ${messagesText(messages)};
const answer = await generator(messages, {
    max_new_tokens: ${maxNewTokens}, do_sample: false${penalty},
});`;
}
