/** Dawn for tests that open engine after engine: each has, for all it knows, a device of its own, and finds compiled what one before it used. */
import { dawn } from './gpu';
import { withOwn } from './withOwn';

/** The device, and what was made of which code on it. */
interface Many {
  readonly device: GPUDevice;
  readonly modules: Map<string, GPUShaderModule>;
  readonly pipelines: Map<string, Promise<GPUComputePipeline>>;
}

// As long as the process, whichever file of tests asks.
const shared = globalThis as typeof globalThis & { deviceOfMany?: Promise<Many> };

export function dawnCompiledOnce(): GPU {
  const gpu = dawn();
  const requestAdapter = async (options?: GPURequestAdapterOptions) => {
    const adapter = await gpu.requestAdapter(options);
    const open = async (wanted?: GPUDeviceDescriptor): Promise<Many> => ({
      device: await adapter!.requestDevice(wanted),
      modules: new Map(),
      pipelines: new Map(),
    });
    const requestDevice = async (wanted?: GPUDeviceDescriptor) => {
      shared.deviceOfMany ??= open(wanted);
      return ofOneEngine(await shared.deviceOfMany);
    };
    return adapter && withOwn(adapter, { requestDevice });
  };
  return withOwn(gpu, { requestAdapter });
}

/** It can be destroyed like another: its engine is told so, and the others go on. */
function ofOneEngine({ device, modules, pipelines }: Many): GPUDevice {
  let tell = (_: Pick<GPUDeviceLostInfo, 'reason' | 'message'>): void => {};
  const lost = new Promise((resolve) => {
    tell = resolve;
  });
  const destroy = () => tell({ reason: 'destroyed', message: '' });
  const codes = new Map<GPUShaderModule, string>();
  const createShaderModule = (wanted: GPUShaderModuleDescriptor) => {
    const made = modules.get(wanted.code) ?? device.createShaderModule(wanted);
    modules.set(wanted.code, made);
    codes.set(made, wanted.code);
    return made;
  };
  const createComputePipelineAsync = (wanted: GPUComputePipelineDescriptor) => {
    const { module, entryPoint, constants } = wanted.compute;
    const key = JSON.stringify([codes.get(module), entryPoint, constants]);
    const made = pipelines.get(key) ?? device.createComputePipelineAsync(wanted);
    pipelines.set(key, made);
    return made;
  };
  return withOwn(device, { lost, destroy, createShaderModule, createComputePipelineAsync });
}
