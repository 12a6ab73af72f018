/** Stages whose events a test tells: the worker never hears of their start, so that thousands of steps take no training. */
import type { Page } from '@playwright/test';
import type { Evaluation, StageEvent, StepMetrics, Subject } from '../../src/engine/studio';
import type { Event } from '../../src/worker/protocol';

declare global {
  interface Window {
    /** An event of the stage that was started last. */
    tell?: (event: StageEvent) => void;
    /** That stage has taken so many steps and is done. */
    tellEnd?: (steps: number) => void;
  }
}

/** Before the page is opened. */
export async function keepStarts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    let kept: { readonly worker: Worker; readonly id: number } | undefined;
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (this: Worker, message: { type: string; id: number }, ...rest: []) {
      if (message.type === 'run') kept = { worker: this, id: message.id };
      else post.call(this, message, ...rest);
    };
    const say = (data: Event) => kept!.worker.dispatchEvent(new MessageEvent('message', { data }));
    window.tell = (event) => say({ type: 'stage', id: kept!.id, event });
    window.tellEnd = (steps) =>
      say({ type: 'reply', id: kept!.id, reply: { to: 'run', value: { outcome: 'done', steps } } });
  });
}

/** One step per frame where `frames`, else all at once; the losses fall with noise that is the same every time. */
export async function tellSteps(
  page: Page,
  from: number,
  to: number,
  totalSteps: number,
  change: Partial<StepMetrics> = {},
  frames = false,
): Promise<void> {
  await page.evaluate(
    async ([first, last, total, rest, slowly]) => {
      for (let step = first; step <= last; step++) {
        const noise = Math.sin(step * 12.9898) * 43758.5453;
        const loss = 2 / (1 + (30 * step) / total) + 0.1 + 0.2 * (noise - Math.floor(noise));
        const metrics: StepMetrics = {
          ...{ step, totalSteps: total, epoch: 1, loss, crossEntropy: 1.1 * loss },
          ...{ divergence: undefined, agreement: undefined },
          ...{ tokenAccuracy: 1 - loss / 4, learningRate: 2e-4 * (1 - step / total), gradientNorm: 0.3 + loss / 2 },
          ...{ labelTokens: 100, computedTokens: 700, rowTokens: 1000, milliseconds: 200 + 20 * loss },
          ...{ work: { dispatches: 10, flops: 1e9, bytes: 1e8 }, memoryHeld: 3e7, ...rest },
        };
        window.tell!({ type: 'step', metrics });
        if (slowly) await new Promise(requestAnimationFrame);
      }
    },
    [from, to, totalSteps, change, frames] as const,
  );
}

export async function tellAccuracy(page: Page, subject: Subject, step: number, correct: number, rows: number) {
  const answers = Array.from({ length: rows }, (_, i) => ({
    ...{ line: i + 1, question: `${i}`, expected: 'yes', output: i < correct ? 'yes' : 'no', correct: i < correct },
  }));
  const loss = 0.4 + 1 / (1 + step / 40);
  const evaluation: Evaluation = { subject, step, loss, correct, rows, complete: true, answers, worst: [] };
  await page.evaluate((told) => window.tell!({ type: 'evaluation', evaluation: told }), evaluation);
}

export async function tellEnd(page: Page, steps: number): Promise<void> {
  await page.evaluate((told) => window.tellEnd!(told), steps);
}
