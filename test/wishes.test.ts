/** What a person wishes of the card is remembered, and asked for when the engine is opened again. */
import { describe, expect, it } from 'vitest';
import { readWishes } from '../src/engine/choices';
import { createStudioEngine, type Storage } from '../src/engine/engine';
import type { Directory } from '../src/engine/hub/directory';
import { fakeGpu, withMatrices } from './support/fakeAdapter';
import { memoryDirectory } from './support/memoryFiles';

/** A visit to the page with a card that offers units for matrices. */
async function visit(storage?: Storage) {
  const fake = fakeGpu(withMatrices);
  const engine = createStudioEngine(fake.gpu, storage);
  const { matrices: state } = await engine.open();
  const { matrices: wished, variants } = await engine.kernels({});
  return { engine, state, wished, variants, lose: (reason: GPUDeviceLostReason) => fake.lose(reason) };
}

async function overwrite(root: Directory, text: string): Promise<void> {
  const folder = await root.getDirectoryHandle('kernels', { create: true });
  const file = await (await folder.getFileHandle('wishes.json', { create: true })).createSyncAccessHandle();
  file.truncate(0);
  file.write(new TextEncoder().encode(text), { at: 0 });
  file.close();
}

describe('the wish for units for matrices', () => {
  it('is granted on the next visit, and withdrawn on the one after', async () => {
    const root = memoryDirectory();
    const storage = async () => root;
    const first = await visit(storage);
    expect(first).toMatchObject({ state: 'offered', wished: false });
    expect(first.variants).not.toContain('matrices');
    expect((await first.engine.kernels({ matrices: true })).matrices).toBe(true);
    const second = await visit(storage);
    expect(second).toMatchObject({ state: 'on', wished: true });
    expect(second.variants).toContain('matrices');
    expect((await second.engine.kernels({ matrices: false })).matrices).toBe(false);
    expect(await visit(storage)).toMatchObject({ state: 'offered', wished: false });
  });

  it('stays when the kernels are changed', async () => {
    const root = memoryDirectory();
    const storage = async () => root;
    const { engine } = await visit(storage);
    await engine.kernels({ matrices: true });
    expect(await engine.kernels({ force: 'tiles64' })).toMatchObject({ forced: 'tiles64', matrices: true });
  });

  it.each(['', 'not json', '{"matrices":"yes"}', '[]', 'null', '{"matrices":1}'])(
    'is off where the file holds %j',
    async (text) => {
      const root = memoryDirectory();
      await overwrite(root, text);
      expect(await visit(async () => root)).toMatchObject({ state: 'offered', wished: false });
      await overwrite(root, '{"matrices":true}');
      expect(await visit(async () => root)).toMatchObject({ state: 'on', wished: true });
    },
  );

  it('is off where nothing can be stored, and says that it cannot be kept', async () => {
    const { engine, state, wished } = await visit();
    expect([state, wished]).toEqual(['offered', false]);
    await expect(engine.kernels({ matrices: true })).rejects.toMatchObject({ code: 'wish-not-kept' });
    expect((await engine.kernels({ matrices: false })).matrices).toBe(false);
  });

  it('is withdrawn when the card is lost with it, and only then', async () => {
    const root = memoryDirectory();
    const storage = async () => root;
    const first = await visit(storage);
    await first.engine.kernels({ matrices: true });
    first.lose('unknown');
    await first.engine.lost;
    const second = await visit(storage);
    expect(second.state).toBe('on');
    second.lose('unknown');
    expect(await second.engine.lost).toBe('gone');
    await expect.poll(() => readWishes(storage)).toEqual({ matrices: false });
  });
});
