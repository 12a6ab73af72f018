/** A training stage of the published recipe on random weights: what is trained by which objective on which rows. */
import { epochOrder } from '../../../src/engine/data/batches';
import type { TokenRow } from '../../../src/engine/data/examples';
import { Arena } from '../../../src/engine/gpu/arena';
import type { Gpu } from '../../../src/engine/gpu/gpu';
import { withMemoryCheck } from '../../../src/engine/gpu/memory';
import { allocateAdapter, initializeAdapter } from '../../../src/engine/model/lora';
import type { Model } from '../../../src/engine/model/weights';
import type { StepMetrics } from '../../../src/engine/studio';
import { Control } from '../../../src/engine/train/control';
import { distill } from '../../../src/engine/train/distill';
import { train } from '../../../src/engine/train/loop';
import { layoutFor, type Objective, runSizes } from '../../../src/engine/train/objective';
import type { Training } from '../../../src/engine/train/recipe';
import { sft } from '../../../src/engine/train/sft';
import { Trainer } from '../../../src/engine/train/trainer';
import { publishedRows } from '../../support/published';
import { qwenTokenizer } from '../../support/qwen';
import { recipe, settings } from './settings';

export interface Stage {
  readonly trainer: Trainer;
  readonly objective: Objective;
  readonly training: Training;
  readonly rows: readonly TokenRow[];
  /** Of the training, adapter included. */
  readonly arena: Arena;
}

/** SFT of `model`, or with a teacher its distillation. */
export async function prepare(gpu: Gpu, model: Model, teacher: Model | undefined): Promise<Stage> {
  const training = { ...(teacher ? recipe.distill : recipe.sft), batchSize: settings.rows };
  const rows = await rowsOf(model.config.vocabulary);
  const layout = layoutFor(recipe, qwenTokenizer(), teacher !== undefined);
  const pad = layout.pad % model.config.vocabulary;
  const sizes = runSizes(rows, training.batchSize, layout);
  const arena = new Arena(gpu.device, 'training');
  const refused = (reason: string) => new Error(`no memory for the training (${reason})`);
  return withMemoryCheck(gpu.device, refused, () => {
    const adapter = allocateAdapter(arena, model, recipe.lora, 'adapter');
    initializeAdapter(gpu, adapter, 1);
    const { vocabulary } = model.config;
    const how = { training, dropout: recipe.lora.dropout, seed: 2, vocabulary, layout: { ...layout, pad } };
    const trainer = new Trainer(gpu, arena, model, adapter, sizes, how);
    const objective = teacher ? distill(arena, teacher, recipe.distill, sizes, trainer.chunk) : sft;
    return { trainer, objective, training, rows, arena };
  });
}

/** The rows that a run begins with, in its order; tokens that a cut vocabulary lacks become others. */
async function rowsOf(vocabulary: number): Promise<readonly TokenRow[]> {
  const all = await publishedRows('train');
  const order = epochOrder(all.length, recipe.seed, 0).slice(0, settings.rows * (settings.warmUp + settings.steps));
  const within = (ids: Uint32Array<ArrayBuffer>) => ids.map((id) => id % vocabulary);
  return Array.from(order, (index) => all[index]!).map((row) => ({
    ...row,
    prompt: within(row.prompt),
    answer: within(row.answer),
  }));
}

/** The timed steps of the training loop with so many of them submitted at once. */
export async function steps(stage: Stage, inFlight: number): Promise<readonly StepMetrics[]> {
  const told: StepMetrics[] = [];
  await train(stage.trainer, stage.objective, {
    ...{ rows: stage.rows, training: stage.training, seed: 0, shuffle: false, inFlight },
    control: new Control(() => {}),
    onStep: (metrics) => told.push(metrics),
    evaluateEvery: 0,
    evaluate: async () => {},
  });
  return told.slice(settings.warmUp);
}

/** One step by itself: milliseconds until it was submitted, and until the GPU had done it. */
export async function oneStep(stage: Stage): Promise<{ recorded: number; done: number }> {
  const since = performance.now();
  const rows = stage.rows.slice(0, stage.training.batchSize);
  const { report } = await stage.trainer.step(stage.objective, [rows], 0, 0);
  const recorded = performance.now() - since;
  await report;
  return { recorded, done: performance.now() - since };
}
