/** How many tokens rows have, and what training does with those that are too long. */
import type { TokenizedRows, TokenRow } from './examples';
import type { Lengths } from './layout';
import type { Example, Problem } from './row';

export interface RowLengths {
  /** [rows] tokens of question and answer before anything is cut; 0 where nobody counted a text that is far too long. */
  readonly tokens: Uint32Array<ArrayBuffer>;
  /** [rows] what becomes of the row. */
  readonly fates: Uint8Array<ArrayBuffer>;
  /** Most tokens of a row: the model's context. */
  readonly most: number;
}

export const fates = { whole: 0, cut: 1, dropped: 2 } as const;

/** `made` is what the rows were tokenised to, in their order, without those that were left out. */
export function rowLengths(
  examples: readonly Example[],
  made: TokenizedRows,
  lengths: Lengths,
  most: number,
): RowLengths {
  const rows = new Map(made.rows.map((row) => [row.example, row]));
  const dropped = new Map(made.problems.map((problem) => [problem.line + (problem.file ?? ''), problem]));
  const tokens = new Uint32Array(examples.length);
  const found = new Uint8Array(examples.length);
  for (const [i, example] of examples.entries()) {
    const row = rows.get(example);
    tokens[i] = row ? row.prompt.length + row.answer.length : counted(dropped.get(example.line + (example.file ?? '')));
    found[i] = row ? (isCut(row, lengths) ? fates.cut : fates.whole) : fates.dropped;
  }
  return { tokens, fates: found, most };
}

function counted(problem: Problem | undefined): number {
  return Number(problem?.detail.tokens ?? 0);
}

function isCut({ prompt, answer }: TokenRow, lengths: Lengths): boolean {
  const over = (count: number, most: number): boolean => most > 0 && count > most;
  return over(prompt.length, lengths.prompt) || over(answer.length, lengths.answer);
}
