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

const PIECE = 1 << 16;

/** Events as their lines, each written once: as objects, those of a long training would be the most of what its worker holds. */
export class EventLines {
  private readonly full: Uint8Array[] = [];
  private piece = new Uint8Array(PIECE);
  private length = 0;

  constructor(events: readonly KeptEvent[] = []) {
    for (const event of events) this.add(event);
  }

  add(event: KeptEvent): void {
    const line = new TextEncoder().encode(`${JSON.stringify(event)}\n`);
    if (this.length + line.length > this.piece.length) {
      this.full.push(this.piece.subarray(0, this.length));
      this.piece = new Uint8Array(Math.max(PIECE, line.length));
      this.length = 0;
    }
    this.piece.set(line, this.length);
    this.length += line.length;
  }

  /** A copy of all lines so far. */
  bytes(): Uint8Array<ArrayBuffer> {
    const pieces = [...this.full, this.piece.subarray(0, this.length)];
    const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
}

/** Throws what is wrong with the lines. */
export function decodeEvents(bytes: Uint8Array): readonly KeptEvent[] {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  return Array.from(linesOf(text), ([, line]) => v.parse(keptEvent, parseJson(line)));
}
