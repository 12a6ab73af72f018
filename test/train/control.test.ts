import { expect, it } from 'vitest';
import { Control } from '../../src/engine/train/control';

it('goes on until asked otherwise', async () => {
  const control = new Control(() => {});
  expect(await control.boundary()).toBe('go');
  control.stop();
  expect(await control.boundary()).toBe('stop');
});

it('waits at a boundary while paused, says so, and goes on when resumed', async () => {
  const told: boolean[] = [];
  const control = new Control((paused) => told.push(paused));
  control.pause();
  let reached = false;
  const boundary = control.boundary().then((next) => {
    reached = true;
    return next;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(reached).toBe(false);
  expect(told).toEqual([true]);
  control.resume();
  expect(await boundary).toBe('go');
  expect(told).toEqual([true, false]);
});

it('stops out of a pause, and stays stopped', async () => {
  const control = new Control(() => {});
  control.pause();
  const boundary = control.boundary();
  control.stop();
  expect(await boundary).toBe('stop');
  control.resume();
  control.pause();
  expect(await control.boundary()).toBe('stop');
});

it('ends a run, also a paused one, with the first failure it was told', async () => {
  const control = new Control(() => {});
  control.pause();
  const boundary = control.boundary();
  control.fail(new Error('first'));
  control.fail(new Error('second'));
  await expect(boundary).rejects.toThrow('first');
  expect(() => control.check()).toThrow('first');
});

it('lends the card while it rests, and goes on only when it has it back', async () => {
  const control = new Control(() => {});
  expect(control.resting).toBe(false);
  control.pause();
  expect(control.resting).toBe(false);
  let reached = false;
  const boundary = control.boundary().then(() => {
    reached = true;
  });
  const turn = () => new Promise((resolve) => setTimeout(resolve, 2));
  await turn();
  expect(control.resting).toBe(true);
  let giveBack: () => void = () => {};
  control.lend(new Promise<void>((_, reject) => (giveBack = () => reject(new Error('of the guest alone')))));
  control.resume();
  await turn();
  expect([control.resting, reached]).toEqual([false, false]);
  giveBack();
  await boundary;
  expect(control.resting).toBe(false);
});
