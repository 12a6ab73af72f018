/** Adapter and device: what is asked for, what was given, and the loss of either in words. */

export interface AdapterFacts {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly software: boolean;
  readonly maxBindingBytes: number;
  readonly matrices: MatrixUnits;
  /** Of the adapter; what is not listed here was not asked for either. */
  readonly features: readonly string[];
  /** Those of the device that kernels and tensors are bound by. */
  readonly limits: Readonly<Record<string, number>>;
}

/** Units for matrices of f16: the adapter has none to offer, offers them, or computes with them since that was wished. */
export type MatrixUnits = 'none' | 'offered' | 'on';

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

/** Invocations hand values to each other: what CPU adapters multiply faster with (`linear.quads`); cards are not asked for it. */
export const subgroupsFeature = 'subgroups';

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

/** What is asked for beyond what every adapter has. */
export interface Wishes {
  /** To compute products on a card's units for matrices, where it has them. */
  readonly matrices: boolean;
}

/** Asks for the fast adapter with every limit it has. Throws `NoGpuError`. */
export async function requestDevice(
  gpu: GPU | undefined,
  { matrices }: Wishes = { matrices: false },
): Promise<{ device: GPUDevice; facts: AdapterFacts }> {
  if (!gpu) throw new NoGpuError('no-webgpu', 'This browser does not offer WebGPU.');
  if (!gpu.wgslLanguageFeatures.has(wantedFeature)) {
    const message = `This browser's WebGPU lacks "${wantedFeature}", which the kernels need.`;
    throw new NoGpuError('old-webgpu', message);
  }
  const adapter = await requestAdapter(gpu);
  const offered = offersMatrices(adapter);
  const { vendor, architecture, description } = adapter.info;
  const software = isSoftware(adapter.info);
  const usual = software && adapter.features.has(subgroupsFeature) ? [subgroupsFeature] : [];
  const device = await (matrices && offered
    ? // What is experimental may fail, and must not keep the page shut. An adapter gives one device: the next is of a new one.
      openDevice(adapter, matricesFeatures).catch(async () => openDevice(await requestAdapter(gpu), usual))
    : openDevice(adapter, usual));
  return {
    device,
    facts: {
      vendor,
      architecture,
      description,
      software,
      maxBindingBytes: device.limits.maxStorageBufferBindingSize,
      matrices: device.features.has(matricesFeature) ? 'on' : offered ? 'offered' : 'none',
      features: [...adapter.features].sort(),
      limits: Object.fromEntries(wantedLimits.map((name) => [name, device.limits[name]])),
    },
  };
}

async function requestAdapter(gpu: GPU): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new NoGpuError('no-adapter', 'WebGPU is there, but no graphics adapter was offered.');
  return adapter;
}

/** Whether the adapter computes on the processor. */
export function isSoftware({ vendor, architecture, description }: GPUAdapterInfo): boolean {
  return /swiftshader|llvmpipe|lavapipe|cpu/i.test(`${vendor} ${architecture} ${description}`);
}

function openDevice(adapter: GPUAdapter, features: readonly string[]): Promise<GPUDevice> {
  const requiredLimits = Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]]));
  // The list of features of @webgpu/types ends with those that are standard.
  const requiredFeatures = features as GPUFeatureName[];
  return adapter.requestDevice({ label: 'distillery', requiredLimits, requiredFeatures });
}

const matricesFeatures = ['shader-f16', subgroupsFeature, matricesFeature];

/** Bytes of workgroup memory that `linear.matrices` takes. */
const MATRICES_MEMORY = 20_480;

/** Sixteen by sixteen by sixteen of f16, summed in f32, by subgroups of 32: what `linear.matrices` is written for. */
function offersMatrices({ features, info, limits }: GPUAdapter): boolean {
  const configs = (info as { subgroupMatrixConfigs?: readonly MatrixConfig[] }).subgroupMatrixConfigs ?? [];
  return (
    matricesFeatures.every((name) => features.has(name)) &&
    info.subgroupMinSize === 32 &&
    info.subgroupMaxSize === 32 &&
    limits.maxComputeWorkgroupStorageSize >= MATRICES_MEMORY &&
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
