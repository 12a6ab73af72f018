/** The demo pair and its rows as a person would drop them: files of public/. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TokenRow, tokenizeExamples } from '../../src/engine/data/examples';
import { parseJsonl } from '../../src/engine/data/jsonl';
import type { LoadedModel } from '../../src/engine/model/loaded';
import type { FolderSource, Role } from '../../src/engine/studio';
import { defaultRecipe, type Recipe } from '../../src/engine/train/recipe';

const folder = join(import.meta.dirname, '../../public');

export function demoModel(role: Role): FolderSource {
  const path = join(folder, 'models', role);
  const files = readdirSync(path).map((name) => new File([readFileSync(join(path, name))], name));
  return { kind: 'files', name: role, files };
}

/** The recipe as the page starts with it. */
export function demoRecipe(seed: number): Recipe {
  const demo = JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8'));
  const { sft, distill } = defaultRecipe;
  return { ...defaultRecipe, seed, sft: { ...sft, ...demo.sft }, distill: { ...distill, ...demo.distill } };
}

/** The first `count` lines of the demo's rows. */
export function demoRows(split: 'train' | 'test', count = Number.POSITIVE_INFINITY): Blob {
  const lines = readFileSync(join(folder, 'data', `${split}.jsonl`), 'utf8').split('\n');
  return new Blob([lines.slice(0, count).join('\n')]);
}

/** The demo's rows as a loaded model reads them. */
export async function demoTokenRows(
  { tokenizer, base }: LoadedModel,
  { systemPrompt, lengths }: Recipe,
  split: 'train' | 'test',
): Promise<readonly TokenRow[]> {
  const { examples } = parseJsonl(new Uint8Array(await demoRows(split).arrayBuffer()));
  const how = { systemPrompt, maxTokens: base.config.context, lengths, asked: true };
  const watch = { boundary: async () => 'go' as const, progress: () => {} };
  return (await tokenizeExamples(tokenizer, examples, how, watch))?.rows ?? [];
}
