/** How far a kept run came, in words. */
import { isTrainingStage, type KeptCheckpoint, pipeline, type RunRecord, type Stage } from '../../store';
import type { Translate } from '../i18n';

const order: readonly Stage[] = [...pipeline, 'control'];

/**
 * `live`: a tab goes on with it, so that a stage that runs is really running. `checkpoints`: those that the browser keeps,
 * which may be newer than what was written down of the run last.
 */
export function runState(
  t: Translate,
  { stages, losses }: RunRecord,
  live: boolean,
  checkpoints: readonly KeptCheckpoint[],
): string {
  const at = (...states: readonly string[]) => order.find((stage) => states.includes(stages[stage]?.state ?? 'idle'));
  const running = at('running', 'paused');
  if (running && live) return t('runs.state.running', { stage: t(`stage.${running}`) });
  const cut = running ?? at('interrupted');
  if (cut) {
    const { steps = 0, checkpoint } = stages[cut] ?? {};
    const kept = checkpoints.find(({ key }) => key === checkpoint)?.step ?? 0;
    const step = Math.max(steps || (losses[cut]?.step ?? 0), kept);
    return t('runs.state.interrupted', { stage: t(`stage.${cut}`), step });
  }
  const failed = at('failed');
  if (failed) return t('runs.state.failed', { stage: t(`stage.${failed}`) });
  const stopped = at('stopped');
  if (stopped && !isTrainingStage(stopped)) return t('runs.state.stoppedMeasuring', { stage: t(`stage.${stopped}`) });
  if (stopped) return t('runs.state.stopped', { stage: t(`stage.${stopped}`), step: stages[stopped]?.steps ?? 0 });
  const last = pipeline.findLast((stage) => stages[stage]?.state === 'done') ?? at('done');
  return last ? t('runs.state.done', { stage: t(`stage.${last}`) }) : t('runs.state.nothing');
}
