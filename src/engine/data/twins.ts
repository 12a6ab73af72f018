/** Rows that say the same, or contradict each other, and test questions that training has seen. No model is needed. */
import type { Example } from './row';

/** Per row, the index of the row that it is compared with, or −1. */
export interface Twins {
  /** An earlier row with the same question and answer. */
  readonly repeats: Int32Array<ArrayBuffer>;
  /** The first row with the same question and another answer. */
  readonly contradicts: Int32Array<ArrayBuffer>;
  /** A row of the other split with the same question; training rows have none. */
  readonly leaks: Int32Array<ArrayBuffer>;
}

/** `training`: the rows that a test row must not be among; undefined for the training rows themselves. */
export function findTwins(examples: readonly Example[], training?: readonly Example[]): Twins {
  const none = () => new Int32Array(examples.length).fill(-1);
  const twins = { repeats: none(), contradicts: none(), leaks: none() };
  const groups = new Map<string, number[]>();
  for (const [i, example] of examples.entries()) {
    const group = groups.get(promptKey(example));
    if (group) group.push(i);
    else groups.set(promptKey(example), [i]);
  }
  for (const group of groups.values()) if (group.length > 1) compareGroup(examples, group, twins);
  if (training) markLeaks(examples, training, twins.leaks);
  return twins;
}

/** Rows of one question. */
function compareGroup(examples: readonly Example[], group: readonly number[], { repeats, contradicts }: Twins): void {
  const firsts = new Map<string, number>();
  for (const i of group) {
    const answer = plain(examples[i]!.answer);
    const first = firsts.get(answer);
    if (first === undefined) firsts.set(answer, i);
    else repeats[i] = first;
  }
  const [one, other] = firsts.values();
  if (one === undefined || other === undefined) return;
  const oneAnswer = plain(examples[one]!.answer);
  for (const i of group) contradicts[i] = plain(examples[i]!.answer) === oneAnswer ? other : one;
}

function markLeaks(examples: readonly Example[], training: readonly Example[], leaks: Int32Array): void {
  const seen = new Map<string, number>();
  for (const [i, example] of training.entries()) seen.set(questionKey(example), i);
  for (const [i, example] of examples.entries()) leaks[i] = seen.get(questionKey(example)) ?? -1;
}

/** What is asked, whoever is told to answer: the conversation without system prompt and last answer. */
export function questionKey({ messages }: Example): string {
  return key(messages.slice(0, -1).filter(({ role }) => role !== 'system'));
}

function promptKey({ messages }: Example): string {
  return key(messages.slice(0, -1));
}

function key(messages: Example['messages']): string {
  return messages.map(({ role, content }) => `${role[0]}${plain(content)}`).join('\0');
}

/** Spaces at the ends and their number between words make no other question. */
function plain(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}
