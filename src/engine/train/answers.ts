/** The answers that a candidate generates itself, judged. */
import type { TokenRow } from '../data/examples';
import { judge } from '../data/judge';
import type { ChatTokenizer } from '../data/tokenizer';
import type { Gpu } from '../gpu/gpu';
import type { ModelConfig } from '../model/config';
import { generate } from '../model/generate';
import type { Sampling } from '../ops/sample';
import type { Answer } from '../studio';
import type { Watch } from '../watch';
import type { Candidate } from './context';
import type { Recipe } from './recipe';

/** The answer that a candidate generates for each row, judged. Fewer than `rows` when stopped. */
export async function measureAnswers(
  gpu: Gpu,
  { model, adapter }: Candidate,
  tokenizer: ChatTokenizer,
  rows: readonly TokenRow[],
  recipe: Recipe,
  watch: Watch,
): Promise<Answer[]> {
  let stopped = false;
  const outputs = await generate(
    gpu,
    model,
    rows.map((row) => row.prompt),
    {
      maxNewTokens: recipe.evaluation.maxNewTokens,
      endTokens: endTokensOf(tokenizer, model.config),
      sampling: samplingOf(recipe, model.config),
      adapter,
      watch: {
        boundary: async () => {
          const next = await watch.boundary();
          stopped ||= next === 'stop';
          return next;
        },
        progress: watch.progress,
      },
    },
  );
  // A stopped generation leaves half sentences, which say nothing about the model.
  if (stopped) return [];
  return outputs.map((ids, index): Answer => {
    const { file, line, question, answer: expected } = rows[index]!.example;
    const output = tokenizer.decode(ids);
    const correct = judge(recipe.judge, { question, expected, output, pattern: recipe.judgePattern });
    return { ...(file !== undefined && { file }), line, question, expected, output, correct };
  });
}

/** The tokens that end a model's answer, four at most. */
export function endTokensOf({ endToken }: Pick<ChatTokenizer, 'endToken'>, config: ModelConfig): readonly number[] {
  return [...new Set([endToken, ...config.endTokens])].slice(0, 4);
}

/** How a model's answers are drawn. */
export function samplingOf({ generation, seed }: Recipe, { repetitionPenalty: own }: ModelConfig): Sampling {
  const { ownPenalty, repetitionPenalty, ...drawn } = generation;
  return { ...drawn, repetitionPenalty: ownPenalty ? own : repetitionPenalty, seed };
}
