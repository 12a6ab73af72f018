/** Bytes by stage, predicted and measured, as the panel and the copied report have them. */
import type { Memory, Stage } from '../../store';

export interface StageMemoryRow {
  readonly stage: Stage;
  /** What it would hold if it were started now. */
  readonly next: number | undefined;
  /** What was predicted when it last started, and what it then held. */
  readonly planned: number | undefined;
  readonly held: number | undefined;
  /** Uniforms, staging and shared room, which no plan counts. */
  readonly others: number | undefined;
}

const stages = ['baseline', 'sft', 'merge', 'distill', 'evaluate', 'control'] as const satisfies readonly Stage[];

/** Stages of which anything is known. */
export function stageMemory({ plan, held }: Pick<Memory, 'plan' | 'held'>): readonly StageMemoryRow[] {
  return stages
    .map((stage) => {
      const run = held[stage];
      const [next, planned] = [plan?.[stage]?.bytes, run?.planned];
      return { stage, next, planned, held: run?.held?.tensors, others: run?.held?.others };
    })
    .filter(({ next, planned }) => next !== undefined || planned !== undefined);
}
