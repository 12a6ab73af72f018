/** Token rows of the loaded examples for a stage, tokenised once, and what has to be said about them. */
import type { TokenizeOptions, TokenRow } from '../data/examples';
import type { Problem } from '../data/jsonl';
import { judgeProblem } from '../data/judge';
import type { TokenizedData } from '../data/tokenized';
import type { LoadedModel } from '../model/loaded';
import type { Dataset, Split, StageEvent } from '../studio';
import type { Watch } from '../watch';
import type { Control } from './control';
import type { Recipe } from './recipe';

interface Source {
  readonly data: Readonly<Partial<Record<Split, Dataset>>>;
  readonly tokenized: TokenizedData;
}

/** How a model reads the rows of a split under a recipe. */
export function optionsFor(
  { systemPrompt, lengths }: Pick<Recipe, 'systemPrompt' | 'lengths'>,
  { base }: Pick<LoadedModel, 'base'>,
  split: Split,
): TokenizeOptions {
  return { systemPrompt, maxTokens: base.config.context, lengths, asked: split === 'test' };
}

/** Rows that do not fit the model, and a judge that does not fit the rows, are told once per run. */
export function rowsOf(
  { data, tokenized }: Source,
  recipe: Recipe,
  control: Pick<Control, 'heed'>,
  emit: (event: StageEvent) => void,
) {
  const told = new Set<unknown>();
  const tell = (split: Split, what: unknown, problems: readonly Problem[]): void => {
    if (problems.length > 0 && !told.has(what)) emit({ type: 'problems', split, problems });
    told.add(what);
  };
  const watch: Watch = {
    boundary: () => control.heed(),
    progress: (done, total) => emit({ type: 'phase', phase: 'tokenizing', done, total }),
  };
  return async (model: LoadedModel, split: Split): Promise<readonly TokenRow[] | undefined> => {
    const examples = data[split]?.examples;
    if (!examples) return [];
    if (split === 'test' && !told.has(examples)) {
      const problem = await judgeProblem(recipe.judge, recipe.judgePattern, examples, watch.boundary);
      tell(split, examples, [problem ?? []].flat());
    }
    const made = await tokenized.rows(model.tokenizer, examples, optionsFor(recipe, model, split), watch);
    if (made) tell(split, made, made.problems);
    return made?.rows;
  };
}
