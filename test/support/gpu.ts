/** One Dawn device for all kernel tests; any error that WebGPU reports fails the test that caused it. */
import { expect } from 'vitest';
import { shaderSources } from '../../shaders/index';
import { requestDevice, subgroupsFeature } from '../../src/engine/gpu/device';
import { Gpu } from '../../src/engine/gpu/gpu';
import { type Variant, variantNames } from '../../src/engine/gpu/variants';
import { Bench as SelfTestBench } from '../../src/engine/selfTest/bench';
import { createDawn } from '../../src/headless/dawn';
import { gpuWithUnitsByHand } from './unitsByHand';

// Dawn's instance must outlive every device made from it: collecting it crashes the process.
export type Flavour = 'software' | 'hardware';

const shared = globalThis as typeof globalThis & {
  dawn?: GPU;
  testGpus?: Promise<TestGpus>;
  gpuErrors?: string[];
};

/**
 * `MATRICES=1`, for a card that has units for matrices: the kernels that use them are tested on those, else with units by hand.
 * Dawn has to be told.
 */
export const wishes = { matrices: process.env.MATRICES === '1' };

/** The variants of the matmul kernels, and `registers` as a CPU adapter with subgroups computes them. */
export type TestKernel = Variant | 'quads';

export const testKernels: readonly TestKernel[] = [...variantNames, 'quads'];

/** Dawn in Node, as `navigator.gpu` is in a browser. */
export function dawn(): GPU {
  shared.dawn ??= createDawn(
    wishes.matrices ? ['enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia'] : [],
  );
  return shared.dawn;
}

/** Gpus of one device: those for CPU adapters and for graphics cards, and either with units for matrices by hand. */
type TestGpus = Readonly<Record<'usual' | 'unitsByHand', Readonly<Record<Flavour, Gpu>>>>;

async function open(): Promise<TestGpus> {
  const { device } = await requestDevice(dawn(), wishes);
  const errors: string[] = [];
  shared.gpuErrors = errors;
  device.addEventListener('uncapturederror', (event) => errors.push(event.error.message));
  const usual = (software: boolean) => new Gpu(device, shaderSources, software);
  return {
    usual: { software: usual(true), hardware: usual(false) },
    unitsByHand: { software: gpuWithUnitsByHand(device, true), hardware: gpuWithUnitsByHand(device, false) },
  };
}

/** Both flavours of the kernels run on the one device: those for CPU adapters and those for graphics cards. */
export async function testGpu(flavour: Flavour = 'software', kernel?: TestKernel): Promise<Gpu> {
  shared.testGpus ??= open();
  const units = kernel === 'matrices' && !wishes.matrices ? 'unitsByHand' : 'usual';
  return (await shared.testGpus)[units][flavour];
}

/** A fresh bench for one test, which frees it. */
export class Bench extends SelfTestBench {
  constructor(gpu: Gpu) {
    super(gpu);
    benches.push(this);
  }
}

const benches: Bench[] = [];

/** Every case once with the kernels of CPU adapters and once with those of graphics cards. */
export function eachFlavour<T extends readonly unknown[]>(cases: readonly T[]): [Flavour, ...T][] {
  return cases.flatMap((shape): [Flavour, ...T][] => [
    ['software', ...shape],
    ['hardware', ...shape],
  ]);
}

/** `kernel`: those that are to compute the products they can; `registers` are then for any adapter. */
export async function bench(flavour?: Flavour, kernel?: TestKernel): Promise<Bench> {
  const gpu = await testGpu(flavour, kernel);
  // Else others would compute, and pass.
  if (kernel === 'matrices' && !gpu.variants.usable.includes(kernel))
    throw new Error('This card has no units for matrices.');
  gpu.variants.forced = kernel === 'quads' ? 'registers' : kernel;
  gpu.variants.quads = kernel !== 'registers' && hasQuads(gpu);
  return new Bench(gpu);
}

const hasQuads = ({ software, device }: Gpu) => software && device.features.has(subgroupsFeature);

/** After every test (`setup.ts`): frees what it took, and fails it when WebGPU reported an error meanwhile. */
export function endTest(): void {
  for (const used of benches.splice(0)) {
    used.destroy();
    Object.assign(used.gpu.variants, { forced: undefined, crowd: undefined, quads: hasQuads(used.gpu) });
  }
  expect(shared.gpuErrors?.splice(0) ?? [], 'WebGPU reported errors').toEqual([]);
}
