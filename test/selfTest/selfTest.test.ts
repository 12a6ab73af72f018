// The self-test: every kernel has a case, every case passes here, and whatever is wrong is said.
import { beforeEach, describe, expect, it } from 'vitest';
import { shaderSources } from '../../shaders/index';
import { Gpu } from '../../src/engine/gpu/gpu';
import { heldOn } from '../../src/engine/gpu/held';
import type { Dispatch } from '../../src/engine/gpu/recorder';
import { parseShader } from '../../src/engine/gpu/shader';
import type { Tensor } from '../../src/engine/gpu/tensor';
import { Variants } from '../../src/engine/gpu/variants';
import { Bench } from '../../src/engine/selfTest/bench';
import { draws, tokensOf } from '../../src/engine/selfTest/cases/sample';
import type { KernelCase, Results } from '../../src/engine/selfTest/kernelCase';
import type { SelfTestProgress } from '../../src/engine/selfTest/report';
import { casesFor, runSelfTest } from '../../src/engine/selfTest/selfTest';
import { expectClose } from '../support/compare';
import { bench, testGpu } from '../support/gpu';

const quiet = { stopped: () => false, tell: () => {}, now: () => performance.now() };

/** Records and computes nothing. */
class PaperBench extends Bench {
  override async read({ bytes }: Tensor): Promise<Float32Array> {
    return new Float32Array(bytes / 4);
  }
  override async words({ bytes }: Tensor): Promise<Uint32Array> {
    return new Uint32Array(bytes / 4);
  }
}

/** `<shader>.<entry>` of everything that the cases dispatch, on an adapter that can compute all of it. */
async function dispatched(software: boolean): Promise<readonly string[]> {
  const { device } = await testGpu();
  const gpuOf = (cpu: boolean) =>
    Object.assign(new Gpu(device, shaderSources, cpu), { variants: new Variants(cpu, true, cpu) });
  const names: string[] = [];
  const gpus = { true: gpuOf(true), false: gpuOf(false) };
  for (const one of casesFor(gpus[`${software}`], true)) {
    const bench = new PaperBench(gpus[`${one.software ?? software}`]);
    const { rec } = bench;
    const record = rec.dispatch.bind(rec);
    rec.dispatch = (dispatch: Dispatch) => {
      names.push([dispatch.stem, dispatch.variant, dispatch.entry].filter(Boolean).join('.'));
      record(dispatch);
    };
    await one.compute(bench);
    bench.destroy();
  }
  for (const gpu of Object.values(gpus)) gpu.destroy();
  return [...new Set(names)].sort();
}

function entryPoints(): readonly string[] {
  const stems = [...shaderSources.keys()].filter((path) => !path.includes('/')).map((path) => path.slice(0, -5));
  const entries = stems.flatMap((stem) =>
    [...parseShader(stem, shaderSources).code.matchAll(/@compute[^{;]*?\bfn (\w+)/g)].map(
      ([, entry]) => `${stem}.${entry}`,
    ),
  );
  return entries.sort();
}

describe('the cases', () => {
  it.each([true, false])('are of every entry point of every shader, CPU adapter: %s', async (software) => {
    expect(entryPoints()).toEqual(expect.arrayContaining(['linear.matrices.backward', 'attention.shared.forward']));
    // Cards take no rows from quads.
    const there = entryPoints().filter((name) => software || !name.startsWith('linear.quads'));
    expect(await dispatched(software)).toEqual(there);
  });

  it('are on a CPU adapter those that it takes by itself, and what was forced', async () => {
    const gpu = await testGpu('software');
    const variants = () => new Set(casesFor(gpu, false).map(({ variant }) => variant));
    expect(variants()).not.toContain('shared');
    expect(variants()).not.toContain('tiles64');
    expect(variants()).toContain('registers');
    gpu.variants.forced = 'tiles64';
    expect(variants()).toContain('tiles64');
    gpu.variants.forced = undefined;
    const card = await testGpu('hardware');
    expect(casesFor(card, false)).toHaveLength(casesFor(card, true).length);
  });

  it('of units for matrices, halves made on the way, are right where the units are done by hand', async () => {
    const k = await bench('hardware', 'matrices');
    const prepared = casesFor(k.gpu, true).filter(
      ({ variant, shape }) => variant === 'matrices' && shape.endsWith(', 4'),
    );
    expect(prepared.map(({ entry }) => entry)).toEqual(['forward', 'backward']);
    for (const one of prepared) {
      const [results] = Object.values(await one.compute(k));
      const [expected] = Object.values(one.expected());
      expectClose(results!, expected!, one.tolerance);
    }
  });

  it('draw tokens that no rounding of f32 can change', () => {
    expect(draws.filter(({ row, sampling }) => tokensOf(row, sampling, 1e-5).length !== 1)).toEqual([]);
    // Negative control: with a slack that is no rounding, some could be others.
    expect(draws.some(({ row, sampling }) => tokensOf(row, sampling, 0.05).length > 1)).toBe(true);
  });
});

describe('a run', () => {
  let gpu: Gpu;
  beforeEach(async () => {
    gpu = await testGpu('software');
  });

  const held = () => {
    const { tensors, others } = heldOn(gpu.device);
    return { tensors: tensors.bytes, others: others.bytes };
  };
  /** What an earlier test of the same process gave back late may have gone meanwhile. */
  const expectNothingMore = (before: ReturnType<typeof held>): void => {
    expect(held().tensors).toBe(before.tensors);
    expect(held().others).toBeLessThanOrEqual(before.others);
  };

  it('tells each kernel before it computes it, finds all of them right, and holds nothing afterwards', async () => {
    const cases = casesFor(gpu, false);
    const [before, told] = [held(), [] as SelfTestProgress[]];
    gpu.variants.forced = 'lanes';
    const report = await runSelfTest(gpu, cases, { ...quiet, tell: (progress) => told.push(progress) });
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(report).toMatchObject({ total: cases.length, stopped: false });
    expect(told.map(({ done, next }) => [done, next?.op, next?.entry])).toEqual([
      ...cases.map(({ op, entry }, done) => [done, op, entry]),
      [cases.length, undefined, undefined],
    ]);
    expect(told.flatMap(({ check }) => check ?? [])).toEqual(report.checks);
    expectNothingMore(before);
    expect(gpu.variants.forced).toBe('lanes');
  });

  it('finds a broken twin of any kernel', async () => {
    const cases = casesFor(gpu, false);
    const broken = cases.map((one) => ({ ...one, expected: () => shifted(one.expected()) }));
    const { checks } = await runSelfTest(gpu, broken, quiet);
    expect(checks).toHaveLength(cases.length);
    expect(checks.filter(({ passed }) => passed).map(({ op, entry }) => `${op}.${entry}`)).toEqual([]);
    expect(checks.every(({ error, tolerance }) => error > tolerance)).toBe(true);
  });

  const [some] = casesFor({ software: false, variants: new Variants(false, false) } as Gpu, true).filter(
    ({ op }) => op === 'swiglu',
  ) as [KernelCase];

  it('fails on a result that is no number, or has another length', async () => {
    const of = (compute: KernelCase['compute']) => ({ ...some, compute, expected: () => ({ h: [1, 2] }) });
    const results = [[Number.NaN, 2], [1], [1, 2]].map((h) => of(async () => ({ h })));
    const { checks } = await runSelfTest(gpu, results, quiet);
    expect(checks.map(({ passed }) => passed)).toEqual([false, false, true]);
    expect(checks[1]?.problem).toContain('1 values');
  });

  it('says what the driver said of a kernel that it refused, and goes on', async () => {
    const before = held();
    const absent: KernelCase = {
      ...some,
      compute: async (bench) => {
        const x = bench.f32('x', [4]);
        // A copy over the end of a buffer.
        bench.rec.copy({ ...x, bytes: 64 }, x);
        return { h: await bench.read(x) };
      },
    };
    const unknown = { ...some, compute: () => Promise.reject(new Error('kernel x does not compile\n 1 fn')) };
    const { checks } = await runSelfTest(gpu, [absent, unknown, some], quiet);
    expect(checks.map(({ passed }) => passed)).toEqual([false, false, true]);
    expect(checks[0]?.problem).toMatch(/copy|buffer/i);
    expect(checks[1]?.problem).toBe('kernel x does not compile');
    expectNothingMore(before);
  });

  it('ends after the kernel under way when it is stopped', async () => {
    const before = held();
    let done = 0;
    const watch = { ...quiet, stopped: () => done > 0, tell: () => (done = 1) };
    const report = await runSelfTest(gpu, [some, some, some], watch);
    expect(report).toMatchObject({ total: 3, stopped: true });
    expect(report.checks).toHaveLength(1);
    expectNothingMore(before);
  });
});

/** The first value of every result off by a thousandth of its norm. */
function shifted(results: Results): Results {
  const off = (values: ArrayLike<number>) => {
    const all = Array.from(values);
    const norm = Math.sqrt(all.reduce((sum, value) => sum + value * value, 0));
    return all.with(0, all[0]! + 1e-3 * Math.max(norm, 1));
  };
  return Object.fromEntries(Object.entries(results).map(([name, values]) => [name, off(values)]));
}
