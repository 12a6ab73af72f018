/** The engine waits for so long, and no longer. */
import { expect, it } from 'vitest';
import { wallClock } from '../../src/engine/gpu/clock';

it('says whether work is over in time', async () => {
  expect(await wallClock.within(Promise.resolve('done'), 600_000)).toBe(true);
  expect(await wallClock.within(new Promise(() => {}), 1)).toBe(false);
  await expect(wallClock.within(Promise.reject(new Error('broken')), 600_000)).rejects.toThrow('broken');
});

it('hears nothing of what fails later', async () => {
  let fail: (reason: Error) => void = () => {};
  const work = new Promise((_, reject) => {
    fail = reject;
  });
  expect(await wallClock.within(work, 1)).toBe(false);
  fail(new Error('too late'));
  // A rejection that nobody has heard would end the process here.
  await new Promise((resolve) => setTimeout(resolve));
});
