/** What the pieces of a stage take on the GPU, counted on paper by the functions that allocate them. Bytes by use. */
import type { Arena } from '../gpu/arena';
import { Paper, type TooLarge } from '../gpu/paper';
import type { ModelConfig } from '../model/config';
import { decodeGroups, planDecoding } from '../model/decodePlan';
import { allocateDecoding } from '../model/decodeSpace';
import { allocateAdapter, allocateMerged, type LoraSettings } from '../model/lora';
import type { Projection } from '../model/projections';
import { allocateWeights } from '../model/weights';
import type { MemoryUse } from '../studio';
import { allocateTeacher } from './distill';
import { sampleRows } from './evaluate';
import type { RunSizes } from './objective';
import type { Recipe } from './recipe';
import { allocateLoss, lossBatches, type Row } from './testLoss';
import { allocateTraining } from './trainer';

export interface Estimate {
  readonly uses: ReadonlyMap<MemoryUse, number>;
  readonly tooLarge: TooLarge | undefined;
}

export const nothing: Estimate = { uses: new Map(), tooLarge: undefined };

export function total({ uses }: Estimate): number {
  return [...uses.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** All of them at once. */
export function together(...estimates: readonly Estimate[]): Estimate {
  const uses = new Map<MemoryUse, number>();
  for (const estimate of estimates)
    for (const [use, bytes] of estimate.uses) uses.set(use, (uses.get(use) ?? 0) + bytes);
  return { uses, tooLarge: largest(estimates) };
}

/** One after the other: the one that takes most. */
export function oneByOne(...estimates: readonly Estimate[]): Estimate {
  const fullest = estimates.reduce((most, estimate) => (total(estimate) > total(most) ? estimate : most), nothing);
  return { ...fullest, tooLarge: largest(estimates) };
}

function largest(estimates: readonly Estimate[]): TooLarge | undefined {
  return estimates
    .flatMap(({ tooLarge }) => tooLarge ?? [])
    .reduce<TooLarge | undefined>((most, one) => (one.bytes > (most?.bytes ?? 0) ? one : most), undefined);
}

/** Evaluations take longest to count and change least: kept from plan to plan, as long as their rows are. */
const evaluations = new WeakMap<readonly Row[], Map<string, { config: ModelConfig; estimate: Estimate }>>();

/** Sizes of pieces on an adapter whose bindings have at most `limit` bytes. */
export class Estimator {
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  weights(config: ModelConfig, use: 'teacher-weights' | 'student-weights'): Estimate {
    return this.count(use, use, (arena) => allocateWeights(arena, config, this.limit));
  }

  adapter(config: ModelConfig, lora: LoraSettings, use: 'adapters' | 'earlier'): Estimate {
    return this.count(use, use, (arena) => allocateAdapter(arena, { config }, lora, 'adapter'));
  }

  merged(config: ModelConfig, targets: readonly Projection[], use: 'merged' | 'earlier'): Estimate {
    return this.count(use, use, (arena) => allocateMerged(arena, { config }, targets));
  }

  /** A run's buffers beside the adapter; with the config of the teacher that it distils from, its pass too. */
  training(config: ModelConfig, lora: LoraSettings, sizes: RunSizes, teacher: ModelConfig | undefined): Estimate {
    // The adapter gives its shape only: it is counted where it is kept.
    const adapter = allocateAdapter(new Paper(this.limit).arena('adapter'), { config }, lora, 'adapter');
    return this.count('training', 'batch', (arena) => {
      const { head } = allocateTraining(arena, { config }, adapter, sizes);
      if (teacher) allocateTeacher(arena, teacher, sizes, head.chunk);
    });
  }

  /** Test loss and answers, on all rows and on the samples of evaluations on the way. */
  evaluation(config: ModelConfig, rank: number, rows: readonly Row[], { evaluation }: Recipe): Estimate {
    if (rows.length === 0) return nothing;
    const known = evaluations.get(rows) ?? new Map<string, { config: ModelConfig; estimate: Estimate }>();
    const key = [this.limit, rank, ...Object.values(evaluation)].join();
    const kept = known.get(key);
    if (kept?.config === config) return kept.estimate;
    const estimate = this.countEvaluation(config, rank, rows, evaluation);
    evaluations.set(rows, known.set(key, { config, estimate }));
    return estimate;
  }

  private countEvaluation(
    config: ModelConfig,
    rank: number,
    rows: readonly Row[],
    evaluation: Recipe['evaluation'],
  ): Estimate {
    const { maxNewTokens, lossRows } = evaluation;
    const loss = [rows, sampleRows(rows, lossRows)].map((scored) =>
      this.count('evaluation', 'evaluation', (arena) => allocateLoss(arena, config, rank, lossBatches(config, scored))),
    );
    const answers = [rows, sampleRows(rows, evaluation.sampleRows)].flatMap((asked) => {
      const prompts = asked.map(({ prompt }) => prompt);
      return decodeGroups(config, prompts, maxNewTokens).map((group) =>
        this.count('evaluation', 'evaluation', (arena) => {
          const plan = planDecoding(
            group.map((index) => prompts[index]!),
            maxNewTokens,
          );
          allocateDecoding(arena, config, plan, rank);
        }),
      );
    });
    return oneByOne(...loss, ...answers);
  }

  /** `own`: the use of what `allocate` puts into no part. */
  private count(name: string, own: MemoryUse, allocate: (arena: Arena) => void): Estimate {
    const paper = new Paper(this.limit);
    const arena = paper.arena(name);
    allocate(arena);
    return { uses: arena.uses(own), tooLarge: paper.tooLarge };
  }
}
