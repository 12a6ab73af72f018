/** What the pieces of a stage take on the GPU, counted on paper by the functions that allocate them. Bytes by use. */
import type { Layout } from '../data/layout';
import type { Arena } from '../gpu/arena';
import { Paper, type TooLarge } from '../gpu/paper';
import type { ModelConfig } from '../model/config';
import { type DecodeSizes, decodeGroups, decodeSizes } from '../model/decodePlan';
import { allocateDecoding } from '../model/decodeSpace';
import { allocateAdapter, allocateMerged, type LoraSettings } from '../model/lora';
import { allocateCheck } from '../model/mergeCheck';
import type { Projection } from '../model/projections';
import { allocateWeights } from '../model/weights';
import type { MemoryUse } from '../studio';
import { sampleRows } from './evaluate';
import { allocateComparison } from './mergeProof';
import type { RunSizes } from './objective';
import type { Recipe } from './recipe';
import { allocateTeacher } from './teacher';
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

/** Evaluations take longest to count and change least: kept from plan to plan, as long as model and rows are. */
const evaluations = new WeakMap<ModelConfig, WeakMap<readonly Row[], Map<string, Estimate>>>();

function evaluationsOf(config: ModelConfig, rows: readonly Row[]): Map<string, Estimate> {
  const byRows = evaluations.get(config) ?? new WeakMap<readonly Row[], Map<string, Estimate>>();
  const known = byRows.get(rows) ?? new Map<string, Estimate>();
  evaluations.set(config, byRows.set(rows, known));
  return known;
}

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
  evaluation(
    config: ModelConfig,
    rank: number,
    rows: readonly Row[],
    { evaluation }: Recipe,
    layout: Layout,
  ): Estimate {
    if (rows.length === 0) return nothing;
    const known = evaluationsOf(config, rows);
    const key = JSON.stringify([this.limit, rank, evaluation, layout]);
    const estimate = known.get(key) ?? this.countEvaluation(config, rank, rows, evaluation, layout);
    known.set(key, estimate);
    return estimate;
  }

  /** What merging measures: every matrix, then the logits of merged and adapted model on test rows. */
  mergeProof(config: ModelConfig, lora: LoraSettings, rows: readonly Row[], { evaluation }: Recipe): Estimate {
    const matrices = lora.modules?.size ?? config.layers * lora.targets.length;
    const check = this.count('check', 'evaluation', (arena) => allocateCheck(arena, matrices));
    if (rows.length === 0) return check;
    const batches = lossBatches(config, sampleRows(rows, evaluation.lossRows));
    const allocate = (arena: Arena) => allocateComparison(arena, config, lora.rank, batches);
    return oneByOne(check, this.count('comparison', 'evaluation', allocate));
  }

  private countEvaluation(
    config: ModelConfig,
    rank: number,
    rows: readonly Row[],
    evaluation: Recipe['evaluation'],
    layout: Layout,
  ): Estimate {
    const { maxNewTokens, lossRows } = evaluation;
    const loss = [rows, sampleRows(rows, lossRows)].map((scored) =>
      this.count('evaluation', 'evaluation', (arena) =>
        allocateLoss(arena, config, rank, lossBatches(config, scored, layout), layout),
      ),
    );
    const groups = [rows, sampleRows(rows, evaluation.sampleRows)].flatMap((asked) => {
      const prompts = asked.map(({ prompt }) => prompt);
      const sized = (group: readonly number[]) =>
        decodeSizes(
          group.map((index) => prompts[index]!),
          maxNewTokens,
        );
      return decodeGroups(config, prompts, maxNewTokens).map(sized);
    });
    const answers = largestGroups(groups).map((sizes) =>
      this.count('evaluation', 'evaluation', (arena) => allocateDecoding(arena, config, sizes, rank)),
    );
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

/** Groups that no other group exceeds in everything: of thousands, the few that could take most. */
function largestGroups(groups: readonly DecodeSizes[]): readonly DecodeSizes[] {
  const sizes = ({ rows, tokens, prefix, capacity, maxPositions }: DecodeSizes) => {
    return [rows, tokens, prefix + rows * capacity, maxPositions];
  };
  const largest: DecodeSizes[] = [];
  const within = (a: DecodeSizes, b: DecodeSizes) => {
    const most = sizes(b);
    return sizes(a).every((size, i) => size <= most[i]!);
  };
  for (const group of groups) {
    if (largest.some((other) => within(group, other))) continue;
    const kept = largest.filter((other) => !within(other, group));
    largest.splice(0, largest.length, ...kept, group);
  }
  return largest;
}
