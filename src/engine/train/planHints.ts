/** Plans as they are told, each with the one change that would save most: every change is tried with the planner itself. */
import type { Projection } from '../model/projections';
import type { MemoryHint, MemoryPlan, MemorySetting, Role, Stage, StagePlan } from '../studio';
import { total } from './estimate';
import { estimateStage, type PlanInput, type PlannedModel } from './plan';
import type { Recipe } from './recipe';
import type { Row } from './testLoss';

const stages: readonly Stage[] = ['baseline', 'sft', 'merge', 'distill', 'evaluate', 'control'];

/** Undefined when the stage's models or rows are not there. */
export function planStage(input: PlanInput, stage: Stage): StagePlan | undefined {
  const estimate = estimateStage(input, stage);
  if (!estimate) return undefined;
  const { uses, tokens, tooLarge } = estimate;
  const bytes = total(estimate);
  const sorted = [...uses].filter(([, held]) => held > 0).sort(([, a], [, b]) => b - a);
  const shown = sorted.map(([use, held]) => ({ use, bytes: held }));
  return { bytes, uses: shown, tokens, tooLarge, hint: bestHint(input, stage, bytes, tooLarge !== undefined) };
}

export function planMemory(input: PlanInput): MemoryPlan {
  const plans = stages.flatMap((stage): [Stage, StagePlan][] => {
    const plan = planStage(input, stage);
    return plan ? [[stage, plan]] : [];
  });
  return Object.fromEntries(plans);
}

/** What cannot be bound comes first, then what takes most; undefined when nothing is better than it is. */
function bestHint(input: PlanInput, stage: Stage, bytes: number, unbound: boolean): MemoryHint | undefined {
  let best: MemoryHint | undefined;
  for (const { setting, from, to, input: changed } of changes(input, stage)) {
    const estimate = estimateStage(changed, stage);
    if (!estimate) continue;
    const hint = { setting, from, to, bytes: total(estimate), binds: estimate.tooLarge === undefined };
    const [most, binds] = best ? [best.bytes, best.binds] : [bytes, !unbound];
    if (hint.binds === binds ? hint.bytes < most : hint.binds) best = hint;
  }
  return best;
}

interface Change {
  readonly setting: MemorySetting;
  readonly from: string | number;
  readonly to: string | number;
  readonly input: PlanInput;
}

const few: readonly Projection[] = ['q_proj', 'v_proj'];

/** Numbers are halved; the longest rows are the last hundredth. */
function changes(input: PlanInput, stage: Stage): Change[] {
  const { recipe } = input;
  const { lora, evaluation } = recipe;
  const group = stage === 'sft' ? 'sft' : 'distill';
  const { batchSize } = recipe[group];
  const changed = (
    setting: MemorySetting,
    from: string | number,
    to: string | number,
    part: Partial<Recipe>,
  ): Change => {
    return { setting, from, to, input: { ...input, recipe: { ...recipe, ...part } } };
  };
  const half = (value: number) => Math.ceil(value / 2);
  const batch = group === 'sft' ? { sft: halved(recipe.sft) } : { distill: halved(recipe.distill) };
  const tokens = evaluation.maxNewTokens;
  return [
    changed(`${group}.batchSize`, batchSize, half(batchSize), batch),
    changed('lora.rank', lora.rank, half(lora.rank), { lora: { ...lora, rank: half(lora.rank) } }),
    changed('lora.targets', lora.targets.length, few.join(', '), { lora: { ...lora, targets: few } }),
    changed('evaluation.maxNewTokens', tokens, half(tokens), {
      evaluation: { ...evaluation, maxNewTokens: half(tokens) },
    }),
    ...without(input, 'train'),
    ...without(input, 'test'),
  ];
}

function halved<T extends { readonly batchSize: number }>(training: T): T {
  return { ...training, batchSize: Math.ceil(training.batchSize / 2) };
}

/** The plan without the longest rows of a split; empty when all rows are about as long. */
function without(input: PlanInput, split: 'train' | 'test'): Change[] {
  const { teacher, student } = input.models;
  const cut = [teacher, student].flatMap((model) => (model ? withoutLongest(model[split]) : []));
  const from = Math.max(0, ...cut.map((rows) => rows.from));
  const to = Math.max(0, ...cut.map((rows) => rows.to));
  if (to >= from) return [];
  const models: Partial<Record<Role, PlannedModel>> = {
    ...(teacher && { teacher: { ...teacher, [split]: withoutLongest(teacher[split]).rows } }),
    ...(student && { student: { ...student, [split]: withoutLongest(student[split]).rows } }),
  };
  const shared = split === 'train' ? withoutLongest(input.shared).rows : input.shared;
  return [{ setting: `rows.${split}`, from, to, input: { ...input, models, shared } }];
}

/** Rows without the longest hundredth, and the most tokens of a row before and after. */
interface Shortened {
  readonly rows: readonly Row[];
  readonly from: number;
  readonly to: number;
}

/** Kept from plan to plan, and with the rows what was counted for them. */
const shortened = new WeakMap<readonly Row[], Shortened>();

function withoutLongest(rows: readonly Row[]): Shortened {
  const known = shortened.get(rows);
  if (known) return known;
  const lengths = Uint32Array.from(rows, tokensOf).sort();
  const from = lengths.at(-1) ?? 0;
  const to = lengths[Math.floor(lengths.length * 0.99) - 1] ?? from;
  const made = { rows: to < from ? rows.filter((row) => tokensOf(row) <= to) : rows, from, to };
  shortened.set(rows, made);
  return made;
}

function tokensOf({ prompt, answer }: Row): number {
  return prompt.length + answer.length;
}
