import { describe, expect, it } from 'vitest';
import { Arena } from '../../src/engine/gpu/arena';
import { withMemoryCheck } from '../../src/engine/gpu/memory';
import { testGpu } from '../support/gpu';

/** A device whose driver has this to say when it is asked. */
function deviceThatSays(message: string | undefined): GPUDevice {
  const device: Pick<GPUDevice, 'pushErrorScope' | 'popErrorScope'> = {
    pushErrorScope: () => undefined,
    popErrorScope: async () => (message === undefined ? null : new GPUOutOfMemoryError(message)),
  };
  return device as GPUDevice;
}

const refused = (reason: string) => new Error(`refused: ${reason}`);
const fails = () => {
  throw new Error('something else');
};

describe('work that allocates', () => {
  it('gives its result, or its error, when there is memory', async () => {
    expect(await withMemoryCheck(deviceThatSays(undefined), refused, () => 7)).toBe(7);
    await expect(withMemoryCheck(deviceThatSays(undefined), refused, fails)).rejects.toThrow('something else');
  });

  it('is refused in words when there is none, also when that made it fail', async () => {
    for (const work of [() => 7, fails])
      await expect(withMemoryCheck(deviceThatSays('no memory'), refused, work)).rejects.toThrow('refused: no memory');
  });

  it('is refused as well when one buffer alone is larger than the device allows', async () => {
    const { device } = await testGpu();
    const arena = new Arena(device, 'test');
    const most = device.limits.maxStorageBufferBindingSize;
    const work = () => arena.tensor('huge', [most / 4 + 1]);
    await expect(withMemoryCheck(device, refused, work)).rejects.toThrow(/refused: test: huge needs \d+ bytes/);
    expect(arena.bytes).toBe(0);
  });
});
