/** Examples to token rows: chat template with generation prompt, then the answer and its end token. */
import type { Example, Message, Problem } from './jsonl';
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
  /** Most tokens of prompt and answer together: the model's context. */
  readonly maxTokens: number;
}

/** Characters per token of the context that are looked at first: ordinary text has 1 to 5. */
const PROBE = 8;

/** Rows that are longer than the context are reported and left out; nothing is ever cut. */
export function tokenizeExamples(
  tokenizer: ChatTokenizer,
  examples: readonly Example[],
  { systemPrompt, maxTokens }: TokenizeOptions,
): { rows: TokenRow[]; problems: Problem[] } {
  const rows: TokenRow[] = [];
  const problems: Problem[] = [];
  for (const example of examples) {
    const far = farTooLong(tokenizer, example, maxTokens);
    if (far) {
      problems.push(far);
      continue;
    }
    const row = tokenize(tokenizer, example, systemPrompt);
    if (row.prompt.length + row.answer.length <= maxTokens) rows.push(row);
    else problems.push(tooLong(row, maxTokens));
  }
  return { rows, problems };
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

/** Tokenising a million characters takes many seconds; the beginning is enough to know that they do not fit. */
function farTooLong(tokenizer: ChatTokenizer, { line, messages }: Example, maxTokens: number): Problem | undefined {
  const beginning = maxTokens * PROBE;
  const text = messages.map(({ content }) => content).find(({ length }) => length > beginning);
  if (text === undefined || tokenizer.encode(text.slice(0, beginning)).length <= maxTokens) return undefined;
  const message = `Line ${line} has a text of ${text.length} characters, far more than the context of ${maxTokens} tokens. It was left out.`;
  return { line, code: 'row-far-too-long', message, detail: { line, characters: text.length, maxTokens } };
}

function tooLong({ example, prompt, answer }: TokenRow, maxTokens: number): Problem {
  const { line } = example;
  const tokens = prompt.length + answer.length;
  const message =
    `Line ${line} has ${tokens} tokens (${prompt.length} in the question, ${answer.length} in the answer), ` +
    `more than the context of ${maxTokens}. It was left out.`;
  return { line, code: 'row-too-long', message, detail: { line, tokens, maxTokens } };
}
