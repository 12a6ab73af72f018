// How long a stage has worked and has left: pauses, evaluations on the way, and a stage that goes on behind a checkpoint.
import { expect, test } from 'vitest';
import { timeLeft } from '../../src/store/pace';
import { StageClock } from '../../src/store/stageClock';

function clockAt(trains: boolean) {
  let now = 0;
  const clock = new StageClock(() => now, trains);
  /** The time at which what follows happens. */
  const at = (time: number): StageClock => {
    now = time;
    return clock;
  };
  return { clock, at };
}

const training = (done: number, total = 10) => ({ phase: 'training', done, total }) as const;
const generating = (done: number) => ({ phase: 'generating', done, total: 64 }) as const;
const paused = { phase: 'paused', done: 0, total: 1 } as const;
const step = (of: number) => ({ step: of, totalSteps: 10 });

test('pauses are left out, and the time left stands still in them', () => {
  const { clock, at } = clockAt(true);
  clock.enter(training(0));
  at(1000).step(step(1));
  expect(clock.time(), 'one step has no rate').toEqual({ stage: 1000, left: undefined });
  at(2000).step(step(2));
  clock.enter(training(2));
  const before = { stage: 2000, left: 8000 };
  expect(clock.time()).toEqual(before);
  clock.enter(paused);
  expect(at(60_000).time()).toEqual(before);
  clock.enter(training(2));
  at(61_000).step(step(3));
  expect(clock.time()).toEqual({ stage: 3000, left: 7000 });
});

test('evaluations on the way count into the rate of the steps; what is left of the one at hand comes on top', () => {
  const { clock, at } = clockAt(true);
  clock.enter(training(0));
  at(1000).step(step(1));
  at(2000).step(step(2));
  clock.enter(generating(0));
  at(2500).enter(generating(16));
  expect(clock.time().left).toBe(8 * 1500 + 1500);
  at(4000).enter(training(2));
  at(5000).step(step(3));
  expect(clock.time().left).toBe(7 * 2000);
});

test('behind the last step only the evaluation is left', () => {
  const { clock, at } = clockAt(true);
  clock.enter(training(0));
  at(1000).step(step(9));
  at(2000).step(step(10));
  clock.enter(generating(0));
  at(3000).enter(generating(32));
  expect(clock.time().left).toBe(1000);
});

test('going on behind a checkpoint, the steps before say nothing of the rate, paused or not', () => {
  const { clock, at } = clockAt(true);
  clock.goOn(5, 50_000);
  for (const before of [4, 5]) at(100).step(step(before));
  clock.enter(training(5));
  at(1000).step(step(6));
  clock.enter(training(6));
  clock.enter(paused);
  expect(clock.time()).toEqual({ stage: 51_000, left: undefined });
  clock.enter(training(6));
  at(2000).step(step(7));
  expect(clock.time()).toEqual({ stage: 52_000, left: 3000 });
});

test('a stage without steps goes by its phase, which starts its own clock', () => {
  const { clock, at } = clockAt(false);
  clock.enter({ phase: 'merging', done: 0, total: 2 });
  at(500).enter(generating(0));
  at(700).enter(generating(32));
  expect(clock.time()).toEqual({ stage: 700, left: 200 });
});

test('time left goes by the rate so far, and is silent without one', () => {
  expect(timeLeft(1000, 10, 30)).toBe(2000);
  expect(timeLeft(1000, 0, 30)).toBeUndefined();
  expect(timeLeft(1000, 30, 30)).toBe(0);
});
