/** One row of the data under teacher and student, for people: what each expects where a label is predicted. */
import { type TokenRow, tokenizeExamples } from '../data/examples';
import { needSameTokens } from '../data/sameTokens';
import type { ChatTokenizer } from '../data/tokenizer';
import { tokenText } from '../data/tokenText';
import type { Dataset, Split, TokenComparison, TokenPosition, TokenRequest } from '../studio';
import { StudioError } from '../studioError';
import { candidateOf, type Found } from './candidates';
import type { Inquiry } from './chat';
import { compareRows } from './compareRows';
import { sampleRows } from './evaluate';
import type { Compared } from './expectations';
import { parseRecipe, type Recipe } from './recipe';
import { needSameRow } from './sharedRows';

export interface TokenInquiry extends Inquiry {
  readonly data: Readonly<Partial<Record<Split, Dataset>>>;
}

/** Throws a StudioError: `row-out-of-range`, `row-unfit`, and what `candidateOf`, `needSameTokens` and `compareRows` throw. */
export async function compareTokens(
  { gpu, models, data, control }: TokenInquiry,
  { split, row: which, teacher, student, recipe: json }: TokenRequest,
): Promise<TokenComparison> {
  const recipe = parseRecipe(json);
  const [first, second] = [candidateOf(models, teacher), candidateOf(models, student)];
  needSameTokens(first.loaded.tokenizer, second.loaded.tokenizer);
  const all = data[split]?.examples ?? [];
  const chosen = 'index' in which ? all.slice(which.index, which.index + 1) : sampleRows(all, which.among);
  const rows = await rowsFor([first, second], chosen, recipe, 'index' in which);
  if (rows.length === 0) {
    throw new StudioError('row-out-of-range', `There is no such row: the ${split} data has ${all.length} of them.`, {
      rows: all.length,
    });
  }
  let best: { row: TokenRow; positions: readonly Compared[]; mean: number } | undefined;
  await compareRows(gpu, [first, second], rows, control, (row, positions) => {
    const mean = positions.reduce((sum, { divergence }) => sum + divergence, 0) / positions.length;
    if (!best || mean > best.mean) best = { row, positions, mean };
  });
  const { row, positions } = best!;
  const { line, question } = row.example;
  const told = positions.map((position, i) => forPeople(second.loaded.tokenizer, row.answer[i]!, position));
  const index = all.indexOf(row.example);
  return { split, index, asked: rows.length, line, question, teacher, student, positions: told };
}

/** The rows as both read them. One that was asked for itself must fit; of several, those that fit are looked at. */
async function rowsFor(
  both: readonly Found[],
  examples: Dataset['examples'],
  { systemPrompt }: Recipe,
  must: boolean,
): Promise<readonly TokenRow[]> {
  const watch = { boundary: async () => 'go' as const, progress: () => {} };
  const made = await Promise.all(
    both.map(async ({ loaded, model }) => {
      const lengths = { prompt: 0, answer: 0, labelPadding: false };
      const how = { systemPrompt, maxTokens: model.config.context, lengths, asked: false };
      return tokenizeExamples(loaded.tokenizer, examples, how, watch);
    }),
  );
  const [teacher, student] = made;
  const problem = made.flatMap((one) => one?.problems ?? [])[0];
  if (must && problem) {
    const { line, message } = problem;
    throw new StudioError('row-unfit', `${message} It cannot be compared.`, { line, reason: message });
  }
  const theirs = new Map(teacher?.rows.map((row) => [row.example, row]));
  const rows = student?.rows.filter((row) => theirs.has(row.example)) ?? [];
  for (const row of rows) needSameRow(row, theirs.get(row.example));
  return rows;
}

function forPeople(tokenizer: ChatTokenizer, id: number, { divergence, top, wanted }: Compared): TokenPosition {
  const expectation = (which: 0 | 1) => ({
    top: top[which].map((choice) => ({ ...choice, text: tokenText(tokenizer, choice.id) })),
    wanted: wanted[which],
  });
  return {
    ...{ id, text: tokenText(tokenizer, id), divergence, sameTop: top[0][0]?.id === top[1][0]?.id },
    ...{ teacher: expectation(0), student: expectation(1) },
  };
}
