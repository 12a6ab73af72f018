/** Stages whose events a test tells: the worker never hears of their start, so that thousands of steps take no training. */
import type { Page } from '@playwright/test';

export type Told = Record<string, unknown>;

declare global {
  interface Window {
    /** Starts of stages that were kept from the worker, newest last. */
    kept?: { readonly worker: Worker; readonly id: number }[];
    tell?: (message: Told) => void;
  }
}

/** Before the page is opened. */
export async function keepStarts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const kept: { readonly worker: Worker; readonly id: number }[] = [];
    window.kept = kept;
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (this: Worker, message: { type: string; id: number }, ...rest: []) {
      if (message.type === 'run') kept.push({ worker: this, id: message.id });
      else post.call(this, message, ...rest);
    };
    window.tell = (message) => {
      const { worker, id } = kept.at(-1)!;
      worker.dispatchEvent(new MessageEvent('message', { data: { ...message, id } }));
    };
  });
}

/** The stage that was started last has taken these steps; the losses fall with noise that is the same every time. */
export async function tellSteps(page: Page, from: number, to: number, total: number, change: Told = {}): Promise<void> {
  await page.evaluate(
    ([first, last, totalSteps, rest]) => {
      for (let step = first; step <= last; step++) {
        const noise = Math.sin(step * 12.9898) * 43758.5453;
        const loss = 2 / (1 + step / (totalSteps / 30)) + 0.1 + 0.2 * (noise - Math.floor(noise));
        const progress = step / totalSteps;
        const metrics = {
          ...{ step, totalSteps, epoch: 1, loss, crossEntropy: 1.1 * loss, divergence: undefined },
          ...{ tokenAccuracy: 1 - loss / 4, learningRate: 2e-4 * (1 - progress), gradientNorm: 0.3 + loss / 2 },
          ...{ labelTokens: 100, computedTokens: 700, rowTokens: 1000, milliseconds: 200 + 20 * loss },
          ...{ work: { dispatches: 10, flops: 1e9, bytes: 1e8 }, ...rest },
        };
        window.tell!({ type: 'stage', event: { type: 'step', metrics } });
      }
    },
    [from, to, total, change] as const,
  );
}

export async function tellAccuracy(page: Page, subject: string, step: number, correct: number, rows: number) {
  const answers = Array.from({ length: rows }, (_, i) => ({
    ...{ line: i + 1, question: `${i}`, expected: 'yes', output: i < correct ? 'yes' : 'no', correct: i < correct },
  }));
  const evaluation = { subject, step, loss: 0.4 + 1 / (1 + step / 40), correct, rows, complete: true, answers };
  await page.evaluate((told) => window.tell!(told), { type: 'stage', event: { type: 'evaluation', evaluation } });
}

export async function tellEnd(page: Page, steps: number): Promise<void> {
  const reply = { to: 'run', value: { outcome: 'done', steps } };
  await page.evaluate((told) => window.tell!(told), { type: 'reply', reply });
}
