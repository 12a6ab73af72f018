/** Whether the numbers of a training are still those of one that learns: losses that explode, answers that collapse. */
import { wilson } from '../runs/interval';

/** Losses that what is usual is taken from, and how many it takes at least. */
const [WINDOW, ENOUGH] = [32, 8];
/** Of a cross-entropy in nats: so many times the usual one, and so much more. Batches of hard rows stay far below. */
const [TIMES, MORE] = [5, 2];
/** Below this, one that exploded is as before: where it comes to rest just under the other, nothing has become good. */
const [BACK_TIMES, BACK_MORE] = [2, 1];

/** The losses of a run, in order. */
export class LossWatch {
  private readonly sound: number[] = [];
  private wild = false;

  /** The usual loss when `loss` is far above it, else undefined. What exploded is no measure for what follows. */
  exploded(loss: number): number | undefined {
    const usual = median(this.sound.slice(-WINDOW));
    const [times, more] = this.wild ? [BACK_TIMES, BACK_MORE] : [TIMES, MORE];
    this.wild = this.sound.length >= ENOUGH && loss > Math.max(times * usual, usual + more);
    if (this.wild) return usual;
    this.sound.push(loss);
    return undefined;
  }
}

interface Counted {
  readonly correct: number;
  readonly rows: number;
}

/** The evaluations on the way, in order. */
export class AnswerWatch {
  private best: Counted | undefined;

  /** The best so far when this one surely gives less than half as many right answers, else undefined. */
  collapsed(now: Counted): Counted | undefined {
    if (now.rows === 0) return undefined;
    const { best } = this;
    if (best && 2 * wilson(now.correct, now.rows).high < wilson(best.correct, best.rows).low) return best;
    if (!best || now.correct / now.rows >= best.correct / best.rows) this.best = now;
    return undefined;
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
