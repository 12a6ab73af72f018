/** A run's events as lines for a person: what was opened, a step now and then, every evaluation, how each stage ended. */
import type { MergeReport, StagePlan } from '../engine/studio';
import type { JobEvent } from './run';
import { summaryOf } from './vouch';

const EVERY = 10;

/** Undefined for an event that is not worth a line. */
export function lineOf(event: JobEvent): string | undefined {
  switch (event.type) {
    case 'opened':
      return `${event.what}: ${facts(event.detail)}`;
    case 'saving':
      return undefined;
    case 'saved':
      return `saved ${event.artifact} in ${event.folder}`;
    case 'vouched':
      return `${event.artifact} under a second engine: ${summaryOf(event.report)}`;
    case 'not-vouched':
      return `${event.artifact} in ${event.form} was not compared with a second engine: ${event.reason}`;
    case 'stage-end': {
      const { outcome, steps } = event.result;
      return `${event.stage}: ${outcome}${steps > 0 ? ` after ${steps} steps` : ''}, ${event.seconds.toFixed(1)} s`;
    }
    case 'resuming':
      return `goes on in ${event.output}: ${event.done.length > 0 ? `${event.done.join(', ')} done before` : 'no stage was done'}`;
    case 'begun-anew':
      return `${event.stage} begins anew: ${event.reason}`;
    case 'nothing-left':
      return `There is nothing to resume: every stage of the job in ${event.output} is done.`;
    case 'recovering':
      return `The graphics card was lost (${event.reason || 'the driver gives no reason'}). The job goes on from what was kept last, on a new device.`;
    case 'stage':
      return stageLine(event.stage, event.event);
    default:
      return event satisfies never;
  }
}

function stageLine(stage: string, event: Extract<JobEvent, { type: 'stage' }>['event']): string | undefined {
  if (event.type === 'problems') return event.problems.map(({ message }) => `${event.split}: ${message}`).join('\n');
  if (event.type === 'plan') return `${stage}: ${planLine(event.plan)}`;
  if (event.type === 'evaluation') {
    const { subject, step, correct, rows, loss } = event.evaluation;
    const measured = loss === undefined ? '' : `, loss ${loss.toFixed(4)}`;
    return `${stage}: ${subject} at step ${step}: ${correct} of ${rows} right (${(correct / rows).toFixed(4)})${measured}`;
  }
  if (event.type === 'merged') return mergeLine(event.report);
  if (event.type === 'resumed')
    return `${stage}: goes on after step ${event.step}; what was told by then is told again`;
  if (event.type === 'checkpoint-failed' || event.type === 'trouble') return `${stage}: ${event.failure.message}`;
  if (event.type !== 'step') return undefined;
  const { step, totalSteps, loss, learningRate, computedTokens, milliseconds } = event.metrics;
  if (step % EVERY !== 0 && step !== 1 && step !== totalSteps) return undefined;
  const speed = Math.round((1000 * computedTokens) / milliseconds);
  return `${stage}: step ${step} of ${totalSteps}, loss ${loss.toFixed(4)}, rate ${learningRate.toExponential(2)}, ${speed} tokens/s`;
}

function mergeLine({ modules, rounding, logits }: MergeReport): string {
  const size = (of: 'norm' | 'moved') => Math.sqrt(modules.reduce((sum, module) => sum + module[of] ** 2, 0));
  const moved = `merge: ${modules.length} matrices moved by ${((100 * size('moved')) / size('norm')).toFixed(3)} %`;
  const exact = `rounding at most ${rounding.toFixed(3)} of the last place`;
  if (!logits) return `${moved}, ${exact}`;
  const { largestGap, largestLogit, sameToken, positions } = logits;
  const gap = `logits apart by at most ${largestGap.toPrecision(3)} (largest ${largestLogit.toPrecision(3)})`;
  return `${moved}, ${exact}, ${gap}, the same token at ${sameToken} of ${positions} positions`;
}

/** What the stage will hold, the largest uses first, and what cannot be. */
function planLine({ bytes, uses, tooLarge }: StagePlan): string {
  const most = uses.slice(0, 4).map((part) => `${part.use} ${mebibytes(part.bytes)}`);
  const refused = tooLarge
    ? `; ${tooLarge.tensor} of ${mebibytes(tooLarge.bytes)} cannot be bound (at most ${mebibytes(tooLarge.limit)})`
    : '';
  return `will hold ${mebibytes(bytes)} on the GPU (${most.join(', ')}, …)${refused}`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 30 ? 1 : 0)} MiB`;
}

function facts(detail: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(detail).filter(([, value]) => typeof value !== 'object');
  return shown.map(([name, value]) => `${name} ${String(value)}`).join(', ');
}
