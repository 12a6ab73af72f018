/** Between its turns Dawn rests on a CPU adapter, and nobody else does. */
import { setTimeout as later } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { isSoftware } from '../../src/engine/gpu/device';
import { dawn } from '../support/gpu';

it('lets Dawn wait where the adapter is a CPU, and gives others their turn at once', async () => {
  const adapter = await dawn().requestAdapter();
  const turns: string[] = [];
  // Behind a timer the loop comes to immediates first, and to timers in its next round.
  await later(1);
  await new Promise<void>((resolve) => {
    setImmediate(turns.push.bind(turns, "Dawn's"));
    setImmediate(() => turns.push('another'));
    setTimeout(resolve, 5);
  });
  expect(turns).toEqual(isSoftware(adapter!.info) ? ['another', "Dawn's"] : ["Dawn's", 'another']);
});

it('knows how Dawn asks for its turns', async () => {
  const adapter = await dawn().requestAdapter();
  const asked = vi.spyOn(globalThis, 'setImmediate');
  const device = await adapter!.requestDevice();
  await device.queue.onSubmittedWorkDone();
  const turns = asked.mock.calls.map(([turn]) => String(turn));
  asked.mockRestore();
  device.destroy();
  expect(turns.length).toBeGreaterThan(0);
  expect(turns.every((turn) => turn.includes('[native code]'))).toBe(true);
});
