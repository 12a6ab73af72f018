/** What a training stage had told by the time of its checkpoint, as JSON lines: told again, it is as if nothing had happened. */
import * as v from 'valibot';
import { linesOf, parseJson } from '../bounded';
import { evaluation, number } from '../runs/facts';
import type { StageEvent } from '../studio';

/** What of a stage is worth telling again: the rest is about the moment. */
export type KeptEvent = Extract<StageEvent, { type: 'step' | 'work' | 'evaluation' }>;

const maybe = v.optional(number, () => undefined);
const work = v.object({ dispatches: number, flops: number, bytes: number });
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const metrics = v.object({
  ...{ step: count, totalSteps: count, epoch: count, loss: number, crossEntropy: number, divergence: maybe },
  ...{ tokenAccuracy: number, agreement: maybe, learningRate: number, gradientNorm: number },
  ...{ labelTokens: number, computedTokens: number, rowTokens: number, work, memoryHeld: number, milliseconds: number },
});

const { judged: _, ...measured } = evaluation.entries;

export const keptEvent = v.variant('type', [
  v.object({ type: v.literal('step'), metrics }),
  v.object({ type: v.literal('work'), ops: v.record(v.string(), work) }),
  v.object({ type: v.literal('evaluation'), evaluation: v.object(measured) }),
]);

export function isKept(event: StageEvent): event is KeptEvent {
  return event.type === 'step' || event.type === 'work' || event.type === 'evaluation';
}

/** Bytes of lines that are collected before they are put away. */
const PIECE = 1 << 14;

/**
 * Events as their lines, each written once. Most of them lie in blobs, outside of the heap: as objects, those of a long training would
 * be the most of what its worker holds.
 */
export class EventLines {
  private away = new Blob();
  private lines: string[] = [];
  private length = 0;

  constructor(events: readonly KeptEvent[] = []) {
    for (const event of events) this.add(event);
  }

  add(event: KeptEvent): void {
    const line = `${JSON.stringify(event)}\n`;
    this.lines.push(line);
    this.length += line.length;
    if (this.length < PIECE) return;
    this.away = this.all();
    this.lines = [];
    this.length = 0;
  }

  /** All lines so far, as UTF-8; later ones do not get into it. */
  all(): Blob {
    return new Blob([this.away, ...this.lines]);
  }
}

/** Throws what is wrong with the lines. */
export function decodeEvents(bytes: Uint8Array): readonly KeptEvent[] {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  return Array.from(linesOf(text), ([, line]) => v.parse(keptEvent, parseJson(line)));
}
