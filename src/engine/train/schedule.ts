/** The learning rate as a pure function of the step, as transformers' `get_*_schedule_with_warmup` define it. */
import type { Training } from './recipe';

type Schedule = Pick<Training, 'learningRate' | 'schedule' | 'warmupSteps'>;

/**
 * Rate of optimizer step `step`, counted from 0. Warm-up is linear and starts at rate 0; then the rate stays, or falls
 * to 0 at `totalSteps` along a line or a half cosine.
 */
export function learningRate(training: Schedule, step: number, totalSteps: number): number {
  const { learningRate: peak, schedule, warmupSteps } = training;
  if (step < warmupSteps) return (peak * step) / warmupSteps;
  if (schedule === 'constant') return peak;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  return schedule === 'linear' ? peak * (1 - progress) : peak * 0.5 * (1 + Math.cos(Math.PI * progress));
}

/** Optimizer steps of a run over `rows` rows; the last step of an epoch may be short. */
export function totalSteps(rows: number, training: Pick<Training, 'batchSize' | 'accumulation' | 'epochs'>): number {
  return Math.ceil(rows / (training.batchSize * training.accumulation)) * training.epochs;
}
