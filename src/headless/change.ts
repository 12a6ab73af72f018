/** `--skip-step`, `--skip-step=17` and `--half-rate`: how a training whose numbers went wrong is to go on. */
import type { Keeping } from '../engine/studio';
import { StudioError } from '../engine/studioError';

export type Change = Keeping['change'];

/** Undefined when nothing is to be otherwise. Throws a StudioError `resume-change` without `--resume`. */
export function changeOf(args: readonly string[]): Change {
  const [skip, half] = [skippedIn(args), args.includes('--half-rate')];
  if (skip === undefined && !half) return undefined;
  if (!args.includes('--resume'))
    throw new StudioError('resume-change', '--skip-step and --half-rate say how a job goes on: they need --resume.');
  return { skip, ...(half && { rate: 0.5 }) };
}

/** The next step, which was not finite, or the one that is named. */
function skippedIn(args: readonly string[]): number | 'next' | undefined {
  const [flag, number] = args.find((arg) => /^--skip-step(=|$)/.test(arg))?.split('=') ?? [];
  if (flag === undefined) return undefined;
  if (number === undefined) return 'next';
  if (/^[1-9]\d{0,8}$/.test(number)) return Number(number);
  throw new StudioError('resume-change', `--skip-step=${number}: the step is a whole number, counted from 1.`);
}

/** What can be done about numbers that are not finite; undefined of anything else that went wrong. */
export function wayOn(error: unknown): string | undefined {
  if (!(error instanceof StudioError) || error.code !== 'not-finite') return undefined;
  return 'The same command goes on with --resume --skip-step without the rows of that step, with --resume --half-rate at half the learning rate.';
}

export function nothingToChange(stage: string): StudioError {
  const message = `${stage}, which is to go on, takes no steps: --skip-step and --half-rate are for stages that train.`;
  return new StudioError('resume-change', message, { stage });
}
