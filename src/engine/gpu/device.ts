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

/** Asks for the fast adapter with every limit it has. Throws `NoGpuError`. */
export async function requestDevice(gpu: GPU | undefined): Promise<{ device: GPUDevice; facts: AdapterFacts }> {
  if (!gpu) throw new NoGpuError('no-webgpu', 'This browser does not offer WebGPU.');
  if (!gpu.wgslLanguageFeatures.has(wantedFeature)) {
    const message = `This browser's WebGPU lacks "${wantedFeature}", which the kernels need.`;
    throw new NoGpuError('old-webgpu', message);
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new NoGpuError('no-adapter', 'WebGPU is there, but no graphics adapter was offered.');
  const requiredLimits: Record<string, number> = {};
  for (const name of wantedLimits) requiredLimits[name] = adapter.limits[name];
  const device = await adapter.requestDevice({ label: 'distillery', requiredLimits });
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
