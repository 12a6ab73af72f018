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

export function encodeEvents(events: readonly KeptEvent[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

/** Throws what is wrong with the lines. */
export function decodeEvents(bytes: Uint8Array): readonly KeptEvent[] {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  return Array.from(linesOf(text), ([, line]) => v.parse(keptEvent, parseJson(line)));
}
