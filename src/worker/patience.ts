/** How long the page waits for work in the engine's worker that may never come back, and the sentence when it does not. */
import type { Risk } from '../engine/lookout';
import type { Failure } from './protocol';

const TICK = 1000;

export interface Patience {
  /** Work has begun, or, undefined, is over. */
  hear(risk: Risk | undefined): void;
  end(): void;
}

/**
 * `lost` is told once, when a worker has been silent for as many ticks as its work may take seconds. Ticks are counted, not
 * the clock: while the computer sleeps, or the page itself is busy, none is missed by anybody.
 */
export function createPatience(lost: (risk: Risk) => void, every = TICK): Patience {
  let ticking: ReturnType<typeof setInterval> | undefined;
  const end = (): void => {
    clearInterval(ticking);
    ticking = undefined;
  };
  return {
    end,
    hear: (risk) => {
      end();
      if (!risk) return;
      let left = risk.seconds;
      ticking = setInterval(() => {
        left -= 1;
        if (left >= 0) return;
        end();
        lost(risk);
      }, every);
    },
  };
}

export function stuck({ model, seconds }: Risk): Failure {
  const message =
    `The tokenizer of the model "${model}" did not come back within ${seconds} seconds, so the engine was stopped: its rules ` +
    'may run without end on such a text. Restart the engine; this model is then left out. Use another one, or other rows.';
  return { code: 'tokenizer-stuck', message, detail: { model, seconds } };
}
