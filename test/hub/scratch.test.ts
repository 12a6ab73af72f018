import { describe, expect, it } from 'vitest';
import { openScratch } from '../../src/engine/hub/scratch';
import { memoryDirectory } from '../support/memoryFiles';

describe('a file of a run’s own in the browser’s storage', () => {
  it('gives back what was written, and is gone when it is closed', async () => {
    const storage = memoryDirectory();
    const scratch = await openScratch(async () => storage);
    expect(scratch?.file.write(Uint8Array.of(1, 2, 3, 4), { at: 2 })).toBe(4);
    const back = new Uint8Array(2);
    expect(scratch?.file.read(back, { at: 3 })).toBe(2);
    expect([...back]).toEqual([2, 3]);
    expect(await names()).toHaveLength(1);
    await scratch?.close();
    expect(await names()).toEqual([]);

    async function names() {
      const found: string[] = [];
      for await (const name of (await storage.getDirectoryHandle('scratch')).keys()) found.push(name);
      return found;
    }
  });

  it('sweeps what a crash has left, and leaves alone what another tab has open', async () => {
    const storage = memoryDirectory();
    const folder = await storage.getDirectoryHandle('scratch', { create: true });
    await folder.getFileHandle('of a crashed tab', { create: true });
    const other = await openScratch(async () => storage);
    const own = await openScratch(async () => storage);
    await expect(folder.getFileHandle('of a crashed tab')).rejects.toMatchObject({ name: 'NotFoundError' });
    other?.file.write(Uint8Array.of(7), { at: 0 });
    const back = new Uint8Array(1);
    other?.file.read(back, { at: 0 });
    expect(back[0]).toBe(7);
    await own?.close();
    await other?.close();
  });

  it('is not there where the browser gives no storage', async () => {
    expect(await openScratch(() => Promise.reject(new DOMException('blocked', 'SecurityError')))).toBeUndefined();
  });
});
