/** Where two answers part, as characters: the first token that is not the same, between what is before and after it. */
import type { VouchRow } from '../../../store';

export interface Marked {
  readonly before: string;
  /** Of an answer that has ended, the end token's name: it is no part of the text. */
  readonly token: string;
  readonly after: string;
}

type Parted = Pick<VouchRow, 'ours' | 'second' | 'difference'>;

/** Undefined where the answers are the same. */
export function markedAnswers({ ours, second, difference }: Parted): readonly [Marked, Marked] | undefined {
  if (!difference) return undefined;
  const at = partingAt(ours.text, second.text, difference.ours.text, difference.second.text);
  return [marked(ours.text, at, difference.ours.text), marked(second.text, at, difference.second.text)];
}

/** Two tokens may begin alike, so the texts part behind where the tokens do. */
function partingAt(ours: string, second: string, ourToken: string, secondToken: string): number {
  let alike = 0;
  while (alike < ours.length && ours[alike] === second[alike]) alike += 1;
  const stands = (text: string, token: string, at: number): boolean => text.startsWith(token, at) || at === text.length;
  for (let at = alike; at >= 0; at--) if (stands(ours, ourToken, at) && stands(second, secondToken, at)) return at;
  return alike;
}

function marked(text: string, at: number, token: string): Marked {
  if (at >= text.length) return { before: text, token, after: '' };
  // Part of a character: the whole one is marked.
  const shown = text.startsWith(token, at) ? token : String.fromCodePoint(text.codePointAt(at)!);
  return { before: text.slice(0, at), token: shown, after: text.slice(at + shown.length) };
}
