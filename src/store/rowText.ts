/** Rows as texts that a person edits, and as the lines of a file. */
import type { Example } from './types';

/** The row with other texts, one for each of its messages; undefined where its question or its answer would be empty. */
export function withTexts(example: Example, texts: readonly string[]): Example | undefined {
  const messages = example.messages.map(({ role, content }, i) => ({ role, content: texts[i] ?? content }));
  const question = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const answer = messages.at(-1)?.content ?? '';
  if (question.trim() === '' || answer.trim() === '') return undefined;
  return { ...example, messages, question, answer };
}

/** Rows between two breaths of the page. */
const AT_A_TIME = 5000;

/** One JSON object per line, as the studio opens them again; text by text, so that the page stays at hand. */
export async function jsonlOf(examples: readonly Example[]): Promise<Blob> {
  const parts: string[] = [];
  for (let at = 0; at < examples.length; at += AT_A_TIME) {
    const lines = examples.slice(at, at + AT_A_TIME).map((example) => `${JSON.stringify(rowOf(example))}\n`);
    parts.push(lines.join(''));
    await new Promise((resolve) => setTimeout(resolve));
  }
  return new Blob(parts, { type: 'application/jsonl' });
}

/** Question and answer as the recipe has them; a conversation as messages. */
function rowOf({ messages, question, answer }: Example): object {
  const [first, ...others] = messages;
  if (messages.length === 2) return { instruction: question, input: '', output: answer };
  if (first?.role === 'system' && others.length === 2)
    return { system: first.content, instruction: question, input: '', output: answer };
  return { messages };
}
