/**
 * The ledger of an optimizer step: what is dispatched, computed and moved, op by op, for any config, recipe and rows. Made
 * on paper by the functions that record the step on a GPU: no model is allocated, and the two cannot differ.
 */
import { packBatch } from '../data/batches';
import { Paper, PaperRecorder } from '../gpu/paper';
import type { Variant } from '../gpu/variants';
import { addCounts, type Count, type Tally } from '../gpu/work';
import type { ModelConfig } from '../model/config';
import { allocateAdapter, trainableParameters } from '../model/lora';
import { allocateWeights, assemble, type Model } from '../model/weights';
import { distill } from './distill';
import { leastTeaching, leastTraining, leastUpdate } from './leastWork';
import { layoutFor, runSizes } from './objective';
import { optimizerStep } from './optimizer';
import type { Recipe } from './recipe';
import { sft } from './sft';
import type { Row } from './testLoss';
import { allocateTraining, recordMicroStep } from './trainer';

export interface LedgerInput {
  /** The model that is trained. */
  readonly config: ModelConfig;
  /** The config of the teacher that it distils from; without one the step is SFT. */
  readonly teacher?: ModelConfig | undefined;
  readonly recipe: Recipe;
  /** A step of a later epoch: the teacher has seen its rows. */
  readonly again?: boolean;
  /** The rows of the step by micro-batch. */
  readonly micro: readonly (readonly Row[])[];
  /** Most bytes of one binding. */
  readonly limit: number;
  /** Which matmul kernels, where they can; tiles if none are said. */
  readonly variant?: Variant | undefined;
}

export interface Ledger {
  readonly counts: Pick<Tally, 'byOp' | 'total'>;
  readonly least: Count;
  readonly tokens: number;
  readonly labels: number;
}

export function stepLedger({ config, teacher, recipe, micro, limit, again = false, variant }: LedgerInput): Ledger {
  const training = teacher ? recipe.distill : recipe.sft;
  const paper = new Paper(limit);
  const modelOf = (of: ModelConfig): Model => ({
    config: of,
    weights: assemble(of, allocateWeights(paper.arena('weights'), of, limit)),
  });
  const model = modelOf(config);
  const adapter = allocateAdapter(paper.arena('adapter'), model, recipe.lora, 'adapter');
  const layout = layoutFor(recipe, { padToken: 0 }, teacher !== undefined);
  const sizes = runSizes(micro.flat(), training.batchSize, layout, again ? 2 : 1);
  const arena = paper.arena('training');
  const vocabulary = Math.min(config.vocabulary, teacher?.vocabulary ?? Number.POSITIVE_INFINITY);
  const settings = { dropout: recipe.lora.dropout, vocabulary };
  const run = { model, space: allocateTraining(arena, model, adapter, sizes), settings };
  const objective = teacher ? distill(arena, modelOf(teacher), recipe.distill, sizes, run.space.head.chunk) : sft;
  const batches = micro.map((rows) => packBatch(rows, layout));
  const scales = objective.scales(1);
  const rec = new PaperRecorder(variant);
  // What a run does once, its first batch does; what it does once for each row, its first epoch.
  for (const batch of again ? batches : batches.slice(0, 1)) objective.prepare(new PaperRecorder(), batch);
  for (const [index, batch] of batches.entries())
    recordMicroStep(rec, run, objective, batch, { scales, accumulate: index > 0, seed: 0 });
  const sum = (of: 'tokens' | 'labels' | 'scored') => batches.reduce((total, batch) => total + batch[of], 0);
  optimizerStep(rec, run.space.optimizer, training, { learningRate: 0, step: 1, labels: sum('scored') });
  const least = addCounts([
    ...batches.map((batch) => leastTraining(config, recipe.lora, batch)),
    ...(teacher ? batches.map((batch) => leastTeaching(teacher, batch, again)) : []),
    leastUpdate(trainableParameters(adapter)),
  ]);
  return { counts: rec.tally, least, tokens: sum('tokens'), labels: sum('labels') };
}
