/** Which matmul kernels the engine chooses: measured in a budget, remembered from visit to visit, and a person's to change. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Arena } from '../src/engine/gpu/arena';
import type { AdapterFacts } from '../src/engine/gpu/device';
import type { Gpu } from '../src/engine/gpu/gpu';
import { type Timing, Variants, variantNames } from '../src/engine/gpu/variants';
import type { Directory } from '../src/engine/hub/directory';
import { Kernels } from '../src/engine/kernels';
import { testGpu } from './support/gpu';
import { memoryDirectory } from './support/memoryFiles';
import { tinyModel } from './support/tinyModel';

const facts: AdapterFacts = {
  vendor: 'maker',
  architecture: 'new',
  description: 'card',
  software: false,
  maxBindingBytes: 2 ** 27,
  features: [],
  limits: {},
};

/** A visit with a clock of its own, on which the variants take as long as `cost` says. */
async function visit(root: Directory, { cost = [1, 1, 1, 1], card = facts }: { cost?: number[]; card?: AdapterFacts }) {
  // Kernels are compiled once for all visits; what is known of them is each visit's own.
  const gpu: Gpu = Object.assign(Object.create(await testGpu()), { variants: new Variants(false, false) });
  const { device } = gpu;
  let [time, asked] = [0, 0];
  const now = () => {
    asked += 1;
    const { forced } = gpu.variants;
    if (forced) time += cost[variantNames.indexOf(forced)]!;
    return time;
  };
  const kernels = new Kernels(gpu, card, async () => root, now);
  const arena = new Arena(device, 'model');
  const model = await tinyModel(gpu, arena, 'teacher');
  return { gpu, kernels, model, clock: () => asked, close: () => arena.destroy() };
}

describe('kernels', () => {
  it('are measured when a model is loaded, and the next visit remembers', async () => {
    const root = memoryDirectory();
    const first = await visit(root, { cost: [60, 180, 20, 40] });
    await first.kernels.prepare(first.model);
    const { forced, timings } = await first.kernels.change({}, []);
    expect(forced).toBe('automatic');
    // Six looks at the clock for each of three variants: the budget ends in the third product.
    expect(timings).toHaveLength(3);
    const [{ product, milliseconds, ...extent }] = timings as [Timing];
    expect(milliseconds).toEqual({ registers: 60 / 4, tiles64: 20 / 4, tiles128: 40 / 4 });
    expect(first.gpu.variants.of(product, extent)).toBe('tiles64');
    first.close();

    const second = await visit(root, { cost: [900, 900, 900, 900] });
    await second.kernels.prepare(second.model);
    // It goes on where the first one ended.
    const { timings: more } = await second.kernels.change({}, []);
    expect([more.slice(0, 3), more.length]).toEqual([timings, 4]);
    second.close();
  });

  it('of another card, or that cannot be remembered, are measured anew', async () => {
    const root = memoryDirectory();
    const first = await visit(root, {});
    await first.kernels.change({ force: 'tiles128', measure: true }, []);
    const other = await visit(root, { card: { ...facts, description: 'another card' } });
    expect((await other.kernels.change({}, [])).forced).toBe('automatic');
    const same = await visit(root, {});
    expect((await same.kernels.change({}, [])).forced).toBe('tiles128');
    expect((await same.kernels.change({ force: 'automatic' }, [])).forced).toBe('automatic');
    for (const each of [first, other, same]) each.close();
  });

  it('that are measured again keep their times where no new ones come', async () => {
    const root = memoryDirectory();
    const cost = [60, 180, 20, 40];
    const { kernels, model, gpu, close } = await visit(root, { cost });
    await kernels.prepare(model);
    const { timings } = await kernels.change({}, []);
    // Slower now: the budget ends before all of them have new times.
    cost.fill(900);
    const again = (await kernels.change({ measure: true }, [model])).timings;
    const same = (one: Timing) => timings.some((other) => isDeepStrictEqual(one, other));
    expect(again).toHaveLength(timings.length);
    expect([again.some(same), again.every(same)]).toEqual([true, false]);
    const stopped = () => {
      throw new Error('no clock');
    };
    const broken = new Kernels(gpu, facts, async () => root, stopped);
    await expect(broken.change({ measure: true }, [model])).rejects.toThrow('no clock');
    expect(gpu.variants.timings).toEqual(again);
    close();
    const next = await visit(root, {});
    expect((await next.kernels.change({}, [])).timings).toEqual(again);
    next.close();
  });

  it('are written when there is something new, and only then', async () => {
    const root = memoryDirectory();
    const { kernels, model, close } = await visit(root, { cost: [900, 900, 900, 900] });
    const written = async () => {
      const folder = await root.getDirectoryHandle('kernels', { create: true });
      const names: string[] = [];
      for await (const name of folder.keys()) names.push(name);
      for (const name of names) await folder.removeEntry(name);
      return names;
    };
    const changes = [
      {},
      { measure: true },
      { force: 'automatic' },
      { force: 'tiles64' },
      { force: 'tiles64' },
    ] as const;
    const seen: number[] = [];
    for (const change of changes) {
      await kernels.change(change, []);
      seen.push((await written()).length);
    }
    expect(seen).toEqual([0, 0, 0, 1, 0]);
    await kernels.change({ measure: true }, [model]);
    expect(await written()).toHaveLength(1);
    close();
  });

  it('are tried no longer than two seconds, and not at all on a CPU adapter unless asked', async () => {
    const slow = await visit(memoryDirectory(), { cost: [900, 900, 900, 900] });
    await slow.kernels.prepare(slow.model);
    expect(slow.gpu.variants.timings).toHaveLength(1);
    slow.close();
    const cpu = await visit(memoryDirectory(), { cost: [900, 900, 900, 900], card: { ...facts, software: true } });
    await cpu.kernels.prepare(cpu.model);
    expect(cpu.gpu.variants.timings).toEqual([]);
    expect((await cpu.kernels.change({ measure: true }, [cpu.model])).timings).toHaveLength(1);
    cpu.close();
  });

  it('work where nothing can be stored', async () => {
    const { gpu, model, close } = await visit(memoryDirectory(), {});
    const kernels = new Kernels(
      gpu,
      { ...facts, software: true },
      () => Promise.reject(new Error('no storage')),
      () => 0,
    );
    await kernels.prepare(model);
    expect((await kernels.change({ force: 'registers' }, [model])).forced).toBe('registers');
    close();
  });
});
