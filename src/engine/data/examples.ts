/** Examples to token rows: chat template with generation prompt, then the answer and its end token. */
import type { Watch } from '../watch';
import type { Example, Message, Problem } from './jsonl';
import { type Lengths, placesOf } from './layout';
import { type Place, placeKey } from './place';
import type { ChatTokenizer } from './tokenizer';

export interface TokenRow {
  readonly example: Example;
  /** Never a label. */
  readonly prompt: Uint32Array<ArrayBuffer>;
  /** The labels: the answer's tokens and the end token. */
  readonly answer: Uint32Array<ArrayBuffer>;
}

export interface TokenizeOptions {
  /** Put before examples that have no system message of their own; empty: none. */
  readonly systemPrompt: string;
  /** Most tokens of prompt and answer together, as they are laid out: the model's context. */
  readonly maxTokens: number;
  /** What training cuts rows to; nothing is cut here. */
  readonly lengths: Lengths;
  /** The model is asked the questions too, and they are never cut for that. */
  readonly asked: boolean;
}

/** Characters per token of the context that are looked at first: ordinary text has 1 to 5. */
const PROBE = 8;

/** Rows between two looks at whether to stop: some tens of milliseconds. */
const ROWS_AT_A_TIME = 200;

export interface TokenizedRows {
  readonly rows: readonly TokenRow[];
  readonly problems: readonly Problem[];
}

/**
 * Rows that do not fit the context as they are laid out are reported and left out. Undefined when stopped. `known`: what
 * was made of examples before, under the same tokenizer and options; what is made here is put there too.
 */
export async function tokenizeExamples(
  tokenizer: ChatTokenizer,
  examples: readonly Example[],
  options: TokenizeOptions,
  watch: Watch,
  known = new WeakMap<Example, TokenRow | Problem>(),
): Promise<TokenizedRows | undefined> {
  const results: (TokenRow | Problem)[] = [];
  for (const [index, example] of examples.entries()) {
    if (index % ROWS_AT_A_TIME === 0) {
      watch.progress(index, examples.length);
      if ((await watch.boundary()) === 'stop') return undefined;
    }
    const result = known.get(example) ?? tokenizeExample(tokenizer, example, options);
    known.set(example, result);
    results.push(result);
  }
  return {
    rows: results.filter((result) => 'prompt' in result),
    problems: results.filter((result) => 'code' in result),
  };
}

/** One row, or the reason why it is left out. */
export function tokenizeExample(
  tokenizer: ChatTokenizer,
  example: Example,
  options: TokenizeOptions,
): TokenRow | Problem {
  const { systemPrompt, maxTokens, lengths, asked } = options;
  const far = farTooLong(tokenizer, example, maxTokens);
  if (far) return far;
  const row = tokenize(tokenizer, example, systemPrompt);
  const [prompt, answer] = placesOf(row, lengths);
  if (prompt + answer > maxTokens) return tooLong(example, prompt, answer, maxTokens);
  // Room for one token of an answer at least.
  if (asked && row.prompt.length >= maxTokens) return tooLong(example, row.prompt.length, answer, maxTokens);
  return row;
}

/** What the model is asked: the conversation without its last answer, behind the system prompt. */
export function promptMessages(example: Example, systemPrompt: string): readonly Message[] {
  const asked = example.messages.slice(0, -1);
  if (systemPrompt === '' || asked[0]?.role === 'system') return asked;
  return [{ role: 'system', content: systemPrompt }, ...asked];
}

function tokenize(tokenizer: ChatTokenizer, example: Example, systemPrompt: string): TokenRow {
  const prompt = Uint32Array.from(tokenizer.prompt(promptMessages(example, systemPrompt)));
  const answer = Uint32Array.from([...tokenizer.encode(example.answer), tokenizer.endToken]);
  return { example, prompt, answer };
}

/**
 * Tokenising a million characters takes up to half a minute; the beginning is enough to know that they do not fit. So
 * these are left out even where they would be cut.
 */
function farTooLong(tokenizer: ChatTokenizer, example: Example, maxTokens: number): Problem | undefined {
  const { line, file, messages } = example;
  const beginning = maxTokens * PROBE;
  const text = messages.map(({ content }) => content).find(({ length }) => length > beginning);
  if (text === undefined || tokenizer.encode(text.slice(0, beginning)).length <= maxTokens) return undefined;
  const message = `Line ${placeKey(example)} has a text of ${text.length} characters, far more than the context of ${maxTokens} tokens. It was left out.`;
  const detail = { line, characters: text.length, maxTokens };
  return { ...(file !== undefined && { file }), line, code: 'row-far-too-long', message, detail };
}

function tooLong({ file, line }: Place, prompt: number, answer: number, maxTokens: number): Problem {
  const tokens = prompt + answer;
  const message =
    `Line ${placeKey({ file, line })} has ${tokens} tokens (${prompt} in the question, ${answer} in the answer), ` +
    `more than the context of ${maxTokens}. It was left out.`;
  const detail = { line, tokens, maxTokens };
  return { ...(file !== undefined && { file }), line, code: 'row-too-long', message, detail };
}
