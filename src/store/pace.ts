/** Working time and time left of a stage, with the pauses taken out. Times in milliseconds. */

export interface Pace {
  readonly startedAt: number;
  readonly pausedAt: number | undefined;
  readonly pausedFor: number;
}

export function startPace(now: number): Pace {
  return { startedAt: now, pausedAt: undefined, pausedFor: 0 };
}

export function pausePace(pace: Pace, now: number): Pace {
  return pace.pausedAt === undefined ? { ...pace, pausedAt: now } : pace;
}

export function resumePace(pace: Pace, now: number): Pace {
  if (pace.pausedAt === undefined) return pace;
  return { ...pace, pausedAt: undefined, pausedFor: pace.pausedFor + now - pace.pausedAt };
}

export function worked(pace: Pace, now: number): number {
  return (pace.pausedAt ?? now) - pace.startedAt - pace.pausedFor;
}

/** At the rate so far; undefined until there is one. */
export function timeLeft(workedFor: number, done: number, total: number): number | undefined {
  if (done <= 0 || total <= 0 || workedFor <= 0) return undefined;
  return (workedFor / done) * Math.max(0, total - done);
}
