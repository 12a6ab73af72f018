/** Between its turns Dawn rests on a CPU adapter, and nobody else does. */
import { expect, it, vi } from 'vitest';
import { isSoftware } from '../../src/engine/gpu/device';
import { dawn } from '../support/gpu';

it('lets Dawn wait where the adapter is a CPU, and gives others their turn at once', async () => {
  const adapter = await dawn().requestAdapter();
  const turns: string[] = [];
  const kinds: string[] = [];
  await new Promise<void>((resolve) => {
    const come = (whose: string) => turns.push(whose) === 2 && resolve();
    for (const turn of [come.bind(undefined, "Dawn's"), () => come('another')])
      kinds.push(setImmediate(turn).constructor.name);
  });
  expect(turns.toSorted()).toEqual(["Dawn's", 'another']);
  expect(kinds).toEqual([isSoftware(adapter!.info) ? 'Timeout' : 'Immediate', 'Immediate']);
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
