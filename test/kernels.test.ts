/** Which matmul kernels the engine chooses: measured in a budget, remembered from visit to visit, and a person's to change. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { shaderSources } from '../shaders/index';
import { Arena } from '../src/engine/gpu/arena';
import type { Clock } from '../src/engine/gpu/clock';
import type { AdapterFacts } from '../src/engine/gpu/device';
import { Gpu } from '../src/engine/gpu/gpu';
import { type Timing, Variants, variantNames } from '../src/engine/gpu/variants';
import type { Directory } from '../src/engine/hub/directory';
import { Kernels } from '../src/engine/kernels';
import { testGpu, wishes } from './support/gpu';
import { memoryDirectory } from './support/memoryFiles';
import { tinyModel } from './support/tinyModel';

const facts: AdapterFacts = {
  vendor: 'maker',
  architecture: 'new',
  description: 'card',
  software: false,
  maxBindingBytes: 2 ** 27,
  matrices: 'none',
  features: [],
  limits: {},
};

interface Compiler {
  /** It takes longer than there is time for. */
  late: boolean;
  /** Milliseconds that it was given at most, each time. */
  readonly given: number[];
}

interface Visit {
  /** What the variants take, in their order. */
  readonly cost?: number[];
  readonly card?: AdapterFacts;
  /** Whether the card is taken to have units for matrices. */
  readonly matrices?: boolean;
  /** Kernels are compiled once for all visits, unless one brings its own. */
  readonly base?: Gpu;
  readonly compiler?: Compiler;
}

/** A visit with a clock of its own, on which the variants take as long as `cost` says. */
async function visit(root: Directory, one: Visit) {
  const { cost = [1, 1, 1, 1, 1], card = facts, matrices = false, base, compiler } = one;
  // What is known of kernels is each visit's own.
  const variants = new Variants(false, matrices);
  const gpu: Gpu = Object.assign(Object.create(base ?? (await testGpu())), { variants });
  const { device } = gpu;
  let time = 0;
  const now = () => {
    const { forced } = gpu.variants;
    if (forced) time += cost[variantNames.indexOf(forced)]!;
    return time;
  };
  const within = async (work: Promise<unknown>, milliseconds: number) => {
    compiler?.given.push(milliseconds);
    if (!compiler?.late) await work;
    return !compiler?.late;
  };
  const clock: Clock = { now, within };
  const kernels = new Kernels(gpu, card, async () => root, clock);
  const arena = new Arena(device, 'model');
  const model = await tinyModel(gpu, arena, 'teacher');
  return { gpu, kernels, model, clock, close: () => arena.destroy() };
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

  it('of the same card with units for matrices are measured anew', async () => {
    const root = memoryDirectory();
    const timing: Timing = {
      product: 'forward',
      rows: 256,
      inputs: 64,
      outputs: 64,
      milliseconds: { matrices: 1, tiles64: 2 },
    };
    const on = await visit(root, { card: { ...facts, matrices: 'on' }, matrices: true });
    on.gpu.variants.learn(timing);
    expect((await on.kernels.change({ force: 'matrices' }, [])).forced).toBe('matrices');
    const off = await visit(root, { card: { ...facts, matrices: 'offered' } });
    expect(await off.kernels.change({}, [])).toMatchObject({ forced: 'automatic', timings: [] });
    const again = await visit(root, { card: { ...facts, matrices: 'on' }, matrices: true });
    expect(await again.kernels.change({}, [])).toMatchObject({ forced: 'matrices', timings: [timing] });
    // Whoever wants what the card cannot do gets what is chosen by itself, and is told so.
    const { forced, variants } = await off.kernels.change({ force: 'matrices' }, []);
    expect([forced, variants.includes('matrices')]).toEqual(['automatic', false]);
    for (const each of [on, off, again]) each.close();
  });

  it('that cannot be compiled are left out, and the others are measured', async () => {
    const { device } = await testGpu();
    const sources = new Map(shaderSources);
    sources.set('linear.tiles64.wgsl', `${sources.get('linear.tiles64.wgsl')}\nfn unfinished() -> f32 {}\n`);
    const broken = await visit(memoryDirectory(), {
      base: new Gpu(device, sources, false),
      cost: [60, 180, 20, 40, 1],
    });
    await broken.kernels.prepare(broken.model);
    const { timings, variants } = await broken.kernels.change({ force: 'tiles64' }, []);
    expect(timings.length).toBeGreaterThan(1);
    for (const { milliseconds } of timings) expect(milliseconds).toEqual({ registers: 60 / 4, tiles128: 40 / 4 });
    expect(variants).toEqual(['registers', 'lanes', 'tiles128']);
    const [first] = timings as [Timing];
    expect(broken.gpu.variants.of(first.product, first)).toBe('tiles128');
    broken.close();
  });

  it.skipIf(wishes.matrices)('of units for matrices are left out where they were not asked for', async () => {
    const { gpu, kernels, model, close } = await visit(memoryDirectory(), {
      matrices: true,
      cost: [400, 400, 400, 400, 400],
    });
    expect(gpu.variants.usable).toContain('matrices');
    await kernels.prepare(model);
    const { timings, variants } = await kernels.change({}, []);
    expect(timings.length).toBeGreaterThan(0);
    expect(timings.some(({ milliseconds }) => 'matrices' in milliseconds)).toBe(false);
    expect(variants).not.toContain('matrices');
    close();
  });

  it('that are measured again keep their times where no new ones come', async () => {
    const root = memoryDirectory();
    const cost = [60, 180, 20, 40];
    const { kernels, model, gpu, clock, close } = await visit(root, { cost });
    await kernels.prepare(model);
    const { timings } = await kernels.change({}, []);
    // Slower now: the budget ends before all of them have new times.
    cost.fill(900);
    const again = (await kernels.change({ measure: true }, [model])).timings;
    const same = (one: Timing) => timings.some((other) => isDeepStrictEqual(one, other));
    expect(again).toHaveLength(timings.length);
    expect([again.some(same), again.every(same)]).toEqual([true, false]);
    const now = () => {
      throw new Error('no clock');
    };
    const broken = new Kernels(gpu, facts, async () => root, { ...clock, now });
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

  it('that are still compiling when the time is over are measured before they are needed, once', async () => {
    const compiler = { late: true, given: [] as number[] };
    const root = memoryDirectory();
    const { kernels, model, gpu, close } = await visit(root, { cost: [60, 180, 20, 40], compiler });
    const learnt = () => gpu.variants.timings.length;
    await kernels.prepare(model);
    // Nothing is asked for behind it: the time is over.
    expect([learnt(), compiler.given.length]).toEqual([0, 1]);
    // What compiles on has no scope open, into which the errors of others would fall.
    await expect(gpu.device.popErrorScope()).rejects.toThrow();
    compiler.late = false;
    await kernels.catchUp([model]);
    const all = learnt();
    expect(all).toBeGreaterThan(1);
    const [first, , second] = compiler.given;
    // From one case to the next there is less of it left.
    for (const left of [first!, second!]) expect(left).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(2000);
    expect(second).toBeLessThan(first!);
    // What has computed once keeps its kernels, though there is more to be learnt.
    await kernels.catchUp([model]);
    expect(learnt()).toBe(all);
    close();
    const next = await visit(root, {});
    expect((await next.kernels.change({}, [])).timings).toHaveLength(all);
    next.close();
  });

  it('that a person wants measured are waited for', async () => {
    const compiler = { late: true, given: [] as number[] };
    const { kernels, model, close } = await visit(memoryDirectory(), { cost: [900, 900, 900, 900], compiler });
    expect((await kernels.change({ measure: true }, [model])).timings).toHaveLength(1);
    close();
  });

  it('that were taken over stay what they are, and late ones are late once', async () => {
    const compiler = { late: true, given: [] as number[] };
    const { kernels, model, gpu, close } = await visit(memoryDirectory(), { compiler });
    const nothing = await kernels.choices();
    await kernels.prepare(model);
    await kernels.take(nothing);
    compiler.late = false;
    await kernels.catchUp([model]);
    expect(gpu.variants.timings).toEqual([]);
    compiler.late = true;
    await kernels.prepare(model);
    await kernels.catchUp([model]);
    compiler.late = false;
    await kernels.catchUp([model]);
    expect(gpu.variants.timings).toEqual([]);
    close();
  });

  it('work where nothing can be stored', async () => {
    const { gpu, model, clock, close } = await visit(memoryDirectory(), {});
    const kernels = new Kernels(
      gpu,
      { ...facts, software: true },
      () => Promise.reject(new Error('no storage')),
      clock,
    );
    await kernels.prepare(model);
    expect((await kernels.change({ force: 'registers' }, [model])).forced).toBe('registers');
    close();
  });
});
