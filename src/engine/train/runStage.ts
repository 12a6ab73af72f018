/** One stage from its plan to what it held. */
import { heldOn } from '../gpu/held';
import type { Stage, StageResult } from '../studio';
import type { StageContext } from './context';
import { planStage } from './planHints';
import { planInput } from './planInput';
import { stages } from './stages';

/** Plans the stage, runs it, and tells what it really held. */
export async function runStage(stage: Stage, context: StageContext): Promise<StageResult> {
  const input = await planInput(context, stage);
  if (!input) return { outcome: 'stopped', steps: 0 };
  const plan = planStage(input, stage);
  if (plan) context.emit({ type: 'plan', plan });
  const { tensors, others } = heldOn(context.gpu.device);
  tensors.restart();
  others.restart();
  try {
    return await stages[stage](context);
  } finally {
    context.emit({ type: 'held', held: { tensors: tensors.peak, others: others.peak } });
  }
}
