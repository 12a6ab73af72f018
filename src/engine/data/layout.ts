/** How one row of tokens lies in a batch: as long as it is, or cut and filled to fixed lengths; and what is scored. */
import type { TokenRow } from './examples';

export interface Lengths {
  /** Tokens that every prompt and every answer is cut and filled up to; 0: as many as there are. */
  readonly prompt: number;
  readonly answer: number;
  /** The filling behind an answer is learnt like the answer. */
  readonly labelPadding: boolean;
}

export interface Layout extends Lengths {
  /** The token that fills. */
  readonly pad: number;
  /** The divergence is taken where a label is predicted, as cross-entropy is; else where the label itself stands. */
  readonly divergenceShift: boolean;
  /** The tokens that all prompts begin with are computed once. */
  readonly sharePrefix: boolean;
}

/** Nothing is cut, nothing is filled up. */
export const packed: Layout = {
  ...{ prompt: 0, answer: 0, pad: 0, labelPadding: false },
  ...{ divergenceShift: true, sharePrefix: true },
};

/** What is computed of a row. Filling that no label is predicted from is left out: no token ever sees it. */
export interface LaidRow {
  /** Tokens that are seen: the prompt, and those of the answer that something is predicted from. */
  readonly prompt: Uint32Array<ArrayBuffer>;
  readonly answer: Uint32Array<ArrayBuffer>;
  /** Place in the row of the answer's first token. */
  readonly answerAt: number;
  /** Filling behind the answer: it sees the row and is not seen. */
  readonly answerPads: number;
  /** 1 when the answer's first token is predicted from the filling behind a short prompt. */
  readonly promptPads: number;
  /** Every label, filling included. */
  readonly targets: Uint32Array<ArrayBuffer>;
  /** Positions that something is scored at. */
  readonly labels: number;
  readonly tokens: number;
}

export function layOut(row: Pick<TokenRow, 'prompt' | 'answer'>, layout: Layout): LaidRow {
  const prompt = cut(row.prompt, layout.prompt);
  const kept = cut(row.answer, layout.answer);
  const answerAt = layout.prompt || prompt.length;
  const filling = layout.labelPadding ? Math.max(0, layout.answer - kept.length) : 0;
  const targets = new Uint32Array(kept.length + filling).fill(layout.pad);
  targets.set(kept);
  // The last label is predicted; only an unshifted divergence looks at what it predicts itself.
  const last = targets.length > 0 && layout.divergenceShift ? 1 : 0;
  const inputs = targets.length - last;
  const answer = kept.subarray(0, inputs);
  const answerPads = inputs - answer.length;
  const promptPads = targets.length > 0 && prompt.length < answerAt ? 1 : 0;
  const labels = targets.length === 0 ? 0 : inputs + 1;
  const tokens = prompt.length + inputs + promptPads;
  return { prompt, answer, answerAt, answerPads, promptPads, targets, labels, tokens };
}

/** Places that the row's tokens have, for tables by position. */
export function positionsOf({ prompt, answer, answerAt, answerPads }: LaidRow): number {
  return Math.max(prompt.length, answerAt + answer.length + answerPads);
}

/** Places from a row's first token to its last label, filling before it included: [prompt, answer]. */
export function placesOf(
  { prompt, answer }: Pick<TokenRow, 'prompt' | 'answer'>,
  lengths: Lengths,
): readonly [prompt: number, answer: number] {
  const kept = cut(answer, lengths.answer).length;
  return [lengths.prompt || prompt.length, lengths.labelPadding ? Math.max(kept, lengths.answer) : kept];
}

function cut(ids: Uint32Array<ArrayBuffer>, most: number): Uint32Array<ArrayBuffer> {
  return most === 0 ? ids : ids.subarray(0, most);
}
