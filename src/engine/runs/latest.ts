/** Which evaluation stands for a model: the newest one of all rows, else the newest sample. */
import type { Evaluation } from '../studio';

export function latest<E extends Pick<Evaluation, 'complete'>>(evaluations: readonly E[]): E | undefined {
  return evaluations.findLast((evaluation) => evaluation.complete) ?? evaluations.at(-1);
}
