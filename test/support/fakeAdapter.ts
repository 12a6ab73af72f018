/** WebGPU without a GPU: an adapter that offers units for matrices or none, and tells with which features it was opened. */
import { matricesFeature } from '../../src/engine/gpu/device';

interface Offer {
  readonly features?: readonly string[];
  readonly subgroup?: number;
  readonly description?: string;
  readonly config?: Readonly<Record<string, string | number>>;
  /** Of every limit. */
  readonly limit?: number;
  /** Opening it with any feature fails. */
  readonly fails?: boolean;
}

export interface FakeGpu {
  readonly gpu: GPU;
  /** The features of each time a device was asked for. */
  readonly asked: string[][];
  /** Takes the device away that was opened last. */
  lose(reason: GPUDeviceLostReason): void;
}

const f16 = { componentType: 'f16', resultComponentType: 'f32', M: 16, N: 16, K: 16 };

export const withMatrices: Offer = { features: ['shader-f16', 'subgroups', matricesFeature], config: f16 };

export function fakeGpu(offer: Offer = {}): FakeGpu {
  const { features = [], subgroup = 32, config, limit = 2 ** 27, fails = false, description = 'card' } = offer;
  const asked: string[][] = [];
  const fake = { asked, lose: (_reason: GPUDeviceLostReason) => {} };
  const limits = new Proxy({}, { get: () => limit });
  const requestAdapter = async () => {
    let used = false;
    const requestDevice = async ({ requiredFeatures = [] }: { requiredFeatures?: string[] }) => {
      asked.push(requiredFeatures);
      if (used) throw new DOMException('the adapter is consumed', 'OperationError');
      used = true;
      if (fails && requiredFeatures.length > 0) throw new DOMException('the driver refused', 'OperationError');
      const lost = new Promise((resolve) => {
        fake.lose = (reason) => resolve({ reason, message: 'gone' });
      });
      return { features: new Set(requiredFeatures), limits, lost, addEventListener: () => {} };
    };
    const info = { vendor: 'maker', architecture: 'new', description, subgroupMinSize: subgroup };
    const sizes = { subgroupMaxSize: subgroup, subgroupMatrixConfigs: config && [config] };
    return { features: new Set(features), limits, info: { ...info, ...sizes }, requestDevice };
  };
  const gpu = { requestAdapter, wgslLanguageFeatures: new Set(['unrestricted_pointer_parameters']) };
  // No more of WebGPU than opening asks for.
  return Object.assign(fake, { gpu: gpu as unknown as GPU });
}
