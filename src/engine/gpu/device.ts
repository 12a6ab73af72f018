/** Adapter and device: what is asked for, what was given, and the loss of either in words. */

export interface AdapterFacts {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly software: boolean;
  readonly maxBindingBytes: number;
  readonly maxBufferBytes: number;
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

/** Thrown when the browser or the machine offers no WebGPU; `reason` selects the advice shown. */
export class NoGpuError extends Error {
  readonly reason: 'no-webgpu' | 'no-adapter';
  constructor(reason: 'no-webgpu' | 'no-adapter', message: string) {
    super(message);
    this.name = 'NoGpuError';
    this.reason = reason;
  }
}

/** Asks for the fast adapter with every limit it has. Throws `NoGpuError`. */
export async function requestDevice(gpu: GPU | undefined): Promise<{ device: GPUDevice; facts: AdapterFacts }> {
  if (!gpu) throw new NoGpuError('no-webgpu', 'This browser does not offer WebGPU.');
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
      maxBufferBytes: device.limits.maxBufferSize,
    },
  };
}
