/** When a process is killed, what is cut short then, and what that costs: all drawn from a seed. */
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { mixSeed } from '../../../src/engine/random';
import { INTERVAL } from './job';
import type { PageTold } from './pageTold';

/** `newest`, `index`, `both`: the power goes as well, and what was written last is cut short. */
export type Kind = 'kill' | 'newest' | 'index' | 'both';

/** Of 0 to below 1. */
export type Draw = () => number;

export function drawing(seed: number): Draw {
  let drawn = 0;
  return () => {
    drawn += 1;
    return mixSeed(seed, drawn) / 2 ** 32;
  };
}

/** Milliseconds from this event to the kill, or undefined. */
export type Moment = (event: PageTold) => number | undefined;

const never: Moment = () => undefined;

/** `stage`: while this one trains; anywhere when left out. */
export interface Order {
  readonly kind: Kind;
  readonly stage?: string;
  /** Milliseconds at most from the event that a kill waits for to the kill: 400 when left out. */
  readonly longest?: number;
}

/** `interval`: steps between checkpoints. */
export function momentFor(order: Order | undefined, draw: Draw, interval = INTERVAL): Moment {
  if (!order) return never;
  return order.kind === 'kill' ? anywhere(order, draw) : aroundCheckpoint(order, draw, interval);
}

/** Opening, tokenizing, training, merging, saving and between them. */
function anywhere({ stage, longest = 400 }: Order, draw: Draw): Moment {
  let left = Math.floor(draw() * (stage ? 8 : 50));
  const wait = draw() * longest;
  return (event) => {
    if (stage && !(event.type === 'stage' && event.stage === stage && event.event.type === 'step')) return undefined;
    left -= 1;
    return left < 0 ? wait : undefined;
  };
}

/** A moment after one was kept, or after the step behind which the next begins. */
function aroundCheckpoint({ stage }: Order, draw: Draw, interval: number): Moment {
  let [left, begins] = [Math.floor(draw() * 2), draw() < 0.5];
  const wait = draw() * 60;
  return (told) => {
    if (told.type !== 'stage' || (stage && told.stage !== stage)) return undefined;
    const { event } = told;
    if (event.type === 'checkpoint') left -= 1;
    if (left >= 0) return undefined;
    const now = begins ? event.type === 'step' && event.metrics.step % interval === 0 : event.type === 'checkpoint';
    return now ? wait : undefined;
  };
}

/** As the power leaves what was on its way to the disk: cut at any byte. */
export function cut(checkpoints: string, kind: Kind, draw: Draw): void {
  if (kind === 'kill') return;
  const files = readdirSync(checkpoints, { recursive: true, encoding: 'utf8' }).map((name) => join(checkpoints, name));
  const newest = files
    .filter((name) => name.endsWith('.safetensors'))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  const index = files.find((name) => name.endsWith('index.json'));
  for (const [file, hit] of [
    [newest, kind !== 'index'],
    [index, kind !== 'newest'],
  ] as const) {
    if (file && hit) truncateSync(file, Math.floor(draw() * statSync(file).size));
  }
}
