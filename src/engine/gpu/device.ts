/** Adapter and device: what is asked for, what was given, and the loss of either in words. */

export interface AdapterFacts {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly software: boolean;
  readonly maxBindingBytes: number;
  /** Of the adapter; what is not listed here was not asked for either. */
  readonly features: readonly string[];
  /** Those of the device that kernels and tensors are bound by. */
  readonly limits: Readonly<Record<string, number>>;
}

const wantedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
] as const;

/** What the kernels are written with beyond the first WGSL. */
const wantedFeature = 'unrestricted_pointer_parameters';

/** Units for matrices of f16; browsers offer it only when told to, so that it is asked for only when a person wants it. */
export const matricesFeature = 'chromium-experimental-subgroup-matrix';

type NoGpuReason = 'no-webgpu' | 'no-adapter' | 'old-webgpu';

/** Thrown when the browser or the machine offers no WebGPU; `reason` selects the advice shown. */
export class NoGpuError extends Error {
  readonly reason: NoGpuReason;
  constructor(reason: NoGpuReason, message: string) {
    super(message);
    this.name = 'NoGpuError';
    this.reason = reason;
  }
}

interface Wishes {
  /** To compute products on a card's units for matrices, where it has them. */
  readonly matrices?: boolean | undefined;
}

/** Asks for the fast adapter with every limit it has. Throws `NoGpuError`. */
export async function requestDevice(
  gpu: GPU | undefined,
  { matrices = false }: Wishes = {},
): Promise<{ device: GPUDevice; facts: AdapterFacts }> {
  if (!gpu) throw new NoGpuError('no-webgpu', 'This browser does not offer WebGPU.');
  if (!gpu.wgslLanguageFeatures.has(wantedFeature)) {
    const message = `This browser's WebGPU lacks "${wantedFeature}", which the kernels need.`;
    throw new NoGpuError('old-webgpu', message);
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new NoGpuError('no-adapter', 'WebGPU is there, but no graphics adapter was offered.');
  const requiredLimits: Record<string, number> = {};
  for (const name of wantedLimits) requiredLimits[name] = adapter.limits[name];
  // The list of features of @webgpu/types ends with those that are standard.
  const requiredFeatures = (matrices && offersMatrices(adapter) ? matricesFeatures : []) as GPUFeatureName[];
  const device = await adapter.requestDevice({ label: 'distillery', requiredLimits, requiredFeatures });
  const { vendor, architecture, description } = adapter.info;
  return {
    device,
    facts: {
      vendor,
      architecture,
      description,
      software: /swiftshader|llvmpipe|lavapipe|cpu/i.test(`${vendor} ${architecture} ${description}`),
      maxBindingBytes: device.limits.maxStorageBufferBindingSize,
      features: [...adapter.features].sort(),
      limits: Object.fromEntries(wantedLimits.map((name) => [name, device.limits[name]])),
    },
  };
}

const matricesFeatures = ['shader-f16', 'subgroups', matricesFeature];

/** Sixteen by sixteen by sixteen of f16, summed in f32, by subgroups of 32: what `linear.matrices` is written for. */
export function offersMatrices({ features, info }: GPUAdapter): boolean {
  const configs = (info as { subgroupMatrixConfigs?: readonly MatrixConfig[] }).subgroupMatrixConfigs ?? [];
  return (
    matricesFeatures.every((name) => features.has(name)) &&
    info.subgroupMinSize === 32 &&
    info.subgroupMaxSize === 32 &&
    configs.some(
      ({ componentType, resultComponentType, M, N, K }) =>
        componentType === 'f16' && resultComponentType === 'f32' && M === 16 && N === 16 && K === 16,
    )
  );
}

interface MatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}
