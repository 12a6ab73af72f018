/** The rows of the published task under the real tokenizer; the demo's rows are these. */
import { type TokenRow, tokenizeExamples } from '../../src/engine/data/examples';
import { parseJsonl } from '../../src/engine/data/jsonl';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { demoRows } from './demoPair';
import { qwenTokenizer } from './qwen';

export async function publishedRows(split: 'train' | 'test'): Promise<readonly TokenRow[]> {
  const { examples } = parseJsonl(new Uint8Array(await demoRows(split).arrayBuffer()));
  const watch = { boundary: async () => 'go' as const, progress: () => undefined };
  const { systemPrompt, lengths } = defaultRecipe;
  const options = { systemPrompt, maxTokens: 32_768, lengths, asked: true };
  return (await tokenizeExamples(qwenTokenizer(), examples, options, watch))?.rows ?? [];
}
