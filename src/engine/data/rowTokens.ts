/** One row as it is trained: its tokens in their places, as text, and which of them are learnt. */
import type { TokenRow } from './examples';
import { type Layout, layOut } from './layout';
import type { ChatTokenizer } from './tokenizer';

/** `filling` fills up a prompt and is never seen; `filling-label` fills up an answer and is learnt like it. */
export type TokenKind = 'prompt' | 'label' | 'filling' | 'filling-label';

export interface ShownToken {
  readonly id: number;
  /** Empty where the token is a later part of a character that the token before it begins. */
  readonly text: string;
  readonly kind: TokenKind;
  /** The vocabulary has it for the template, not for text. */
  readonly special: boolean;
}

export interface RowTokens {
  readonly tokens: readonly ShownToken[];
  /** Tokens that are seen and not learnt, and tokens that are learnt, filling included. */
  readonly prompt: number;
  readonly labels: number;
  /** Tokens of the row that training cuts off. */
  readonly cutPrompt: number;
  readonly cutAnswer: number;
}

/** By the trainer's own layout of a row: what `packBatch` scores is what is shown as learnt. */
export function showRow(row: Pick<TokenRow, 'prompt' | 'answer'>, layout: Layout, tokenizer: ChatTokenizer): RowTokens {
  const { prompt, targets, answerAt } = layOut(row, layout);
  const kept = Math.min(row.answer.length, targets.length);
  const filling = (count: number): number[] => Array.from({ length: count }, () => layout.pad);
  const show = (ids: readonly number[], kind: TokenKind): ShownToken[] =>
    texts(ids, tokenizer).map((text, i) => ({ id: ids[i]!, kind, ...text }));
  const tokens = [
    ...show([...prompt], 'prompt'),
    ...show(filling(answerAt - prompt.length), 'filling'),
    ...show([...targets.subarray(0, kept)], 'label'),
    ...show([...targets.subarray(kept)], 'filling-label'),
  ];
  return {
    tokens,
    prompt: prompt.length,
    labels: targets.length,
    cutPrompt: row.prompt.length - prompt.length,
    cutAnswer: row.answer.length - kept,
  };
}

/** Bytes that are no whole character decode to this one. */
const BROKEN = '\ufffd';

/** Most tokens that one character or a few in a row are split into. */
const LONGEST = 8;

/** The text of every token; where tokens share a character, the first of them has it. */
function texts(ids: readonly number[], tokenizer: ChatTokenizer): Pick<ShownToken, 'text' | 'special'>[] {
  const found: Pick<ShownToken, 'text' | 'special'>[] = [];
  for (let at = 0; at < ids.length; ) {
    const [count, text] = wholeCharacters(ids, at, tokenizer);
    const special = tokenizer.decode([ids[at]!]) === '' && text !== '';
    found.push({ text, special });
    for (let i = 1; i < count; i++) found.push({ text: '', special: false });
    at += count;
  }
  return found;
}

function wholeCharacters(ids: readonly number[], at: number, tokenizer: ChatTokenizer): [count: number, text: string] {
  const alone = tokenizer.show([ids[at]!]);
  if (!alone.includes(BROKEN)) return [1, alone];
  for (let count = 2; count <= LONGEST && at + count <= ids.length; count++) {
    const text = tokenizer.show(ids.slice(at, at + count));
    if (!text.includes(BROKEN)) return [count, text];
  }
  // Cut in the middle of a character.
  return [1, alone];
}
