/**
 * `npm run ledger -- --model <config.json> --rows <rows.jsonl> [--teacher <config.json>] [--tokenizer <folder>]
 * [--recipe <recipe.json>] [--later] [--matrices] [--json]`: the first step of a run op by op, and the least that it needs
 * beside it; `--later`: the same step in an epoch after the first; `--matrices`: on a card with units for matrices.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { type TokenRow, tokenizeExamples } from '../engine/data/examples';
import { parseFile } from '../engine/data/rowsFile';
import { createTokenizer } from '../engine/data/tokenizer';
import { scratchBytes } from '../engine/gpu/gpu';
import type { Variant } from '../engine/gpu/variants';
import type { Count } from '../engine/gpu/work';
import { type ModelConfig, parseConfig } from '../engine/model/config';
import { mixSeed } from '../engine/random';
import { StudioError } from '../engine/studioError';
import { importRecipe } from '../engine/train/document';
import { total } from '../engine/train/estimate';
import { type Ledger, stepLedger } from '../engine/train/ledger';
import { schedule } from '../engine/train/loop';
import { estimateStage } from '../engine/train/plan';
import { defaultRecipe, type Recipe } from '../engine/train/recipe';
import { stream } from '../engine/train/streams';

const usage =
  'Usage: npm run ledger -- --model <config.json> --rows <rows.jsonl> [--teacher <config.json>] ' +
  '[--tokenizer <folder, else the model’s>] [--recipe <recipe.json>] [--later] [--matrices] [--json]';

/** Bytes of one binding on most graphics cards. */
const BINDING_BYTES = 2 ** 31 - 4;

const options = {
  model: { type: 'string' },
  teacher: { type: 'string' },
  tokenizer: { type: 'string' },
  rows: { type: 'string' },
  recipe: { type: 'string' },
  later: { type: 'boolean' },
  matrices: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** The table, or with `--json` the figures. Throws a StudioError when an argument or a file cannot be used. */
export async function ledgerText(args: readonly string[]): Promise<string> {
  const { model, teacher, tokenizer, rows, recipe: document, later = false, matrices, json = false } = parsed(args);
  if (!model || !rows) throw new StudioError('no-ledger', usage);
  const config = parseConfig(await readJson(model));
  const teaching = teacher ? parseConfig(await readJson(teacher)) : undefined;
  const recipe = document ? importRecipe(document, await readText(document)) : defaultRecipe;
  const token = await tokenRows(rows, tokenizer ?? dirname(model), config, recipe);
  const training = teaching ? recipe.distill : recipe.sft;
  const seed = mixSeed(recipe.seed, stream.order);
  const [first] = schedule({ rows: token, training, seed, shuffle: recipe.shuffle });
  if (!first) throw new StudioError('no-rows', `${rows} has no usable row.`);
  const step = { config, teacher: teaching, recipe, micro: first.micro, again: later, limit: BINDING_BYTES };
  const variant = matrices ? 'matrices' : undefined;
  const ledger = stepLedger({ ...step, variant });
  const held = heldBytes(config, teaching, later ? manyEpochs(recipe) : recipe, token) + shared(variant);
  const { counts, ...rest } = ledger;
  return json
    ? JSON.stringify({ ...rest, held, ops: Object.fromEntries(counts.byOp), total: counts.total }, null, 2)
    : table(ledger, held);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new StudioError('no-ledger', `${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

async function tokenRows(
  file: string,
  folder: string,
  config: ModelConfig,
  { systemPrompt, lengths }: Recipe,
): Promise<readonly TokenRow[]> {
  const tokenizer = createTokenizer(
    await readJson(join(folder, 'tokenizer.json')),
    await readJson(join(folder, 'tokenizer_config.json')),
  );
  const { examples } = parseFile({ name: file, bytes: new Uint8Array(await readBytes(file)) });
  const watch = { boundary: async () => 'go' as const, progress: () => undefined };
  const how = { systemPrompt, maxTokens: config.context, lengths, asked: false };
  return (await tokenizeExamples(tokenizer, examples, how, watch))?.rows ?? [];
}

/** What the stage holds on the card at its fullest, with nothing made before it and no evaluation of test rows. */
function heldBytes(config: ModelConfig, teacher: ModelConfig | undefined, recipe: Recipe, train: readonly TokenRow[]) {
  const trained = { config, train, test: [] };
  const models = teacher ? { teacher: { config: teacher, train, test: [] }, student: trained } : { teacher: trained };
  const distilled = { ...recipe, distill: { ...recipe.distill, teacher: 'loaded' as const } };
  const input = { limit: BINDING_BYTES, recipe: distilled, models, shared: train, kept: {} };
  const estimate = estimateStage(input, teacher ? 'distill' : 'sft');
  return estimate ? total(estimate) : 0;
}

/** A run that has an epoch after the first. */
function manyEpochs(recipe: Recipe): Recipe {
  return { ...recipe, distill: { ...recipe.distill, epochs: Math.max(2, recipe.distill.epochs) } };
}

/** What products hand on to each other on a graphics card, whatever the model. */
const shared = (variant: Variant | undefined) => scratchBytes.sums + (variant === 'matrices' ? scratchBytes.halves : 0);

function table({ counts, least, tokens, labels }: Ledger, held: number): string {
  const row = (name: string, { dispatches, flops, bytes }: Count, sum: Count) =>
    [
      name.padEnd(24),
      String(dispatches || '').padStart(10),
      (flops / 1e9).toFixed(3).padStart(14),
      `${((100 * flops) / sum.flops).toFixed(1)} %`.padStart(8),
      (bytes / 1e9).toFixed(3).padStart(12),
    ].join('');
  const sum = counts.total;
  const ops = [...counts.byOp].sort(([, a], [, b]) => b.flops - a.flops || b.bytes - a.bytes);
  return [
    `${tokens} tokens, ${labels} label positions; at most ${(held / 1e9).toFixed(2)} GB held`,
    `${'op'.padEnd(24)}${'dispatches'.padStart(10)}${'GFLOP'.padStart(14)}${''.padStart(8)}${'GB moved'.padStart(12)}`,
    ...ops.map(([name, count]) => row(name, count, sum)),
    row('sum', sum, sum),
    row('least', least, sum),
  ].join('\n');
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StudioError('path-unreadable', `${path} cannot be read: ${reason}.`, { path, reason });
  }
}

async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path));
}

/** The file, or its compressed form where there is one. */
async function readJson(path: string): Promise<unknown> {
  const packed = await readFile(`${path}.gz`).catch(() => undefined);
  const text = packed ? new TextDecoder().decode(gunzipSync(packed)) : await readText(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StudioError('path-unreadable', `${path} is not valid JSON: ${(error as Error).message}.`, { path });
  }
}
