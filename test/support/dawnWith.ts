/** Dawn as an engine is given it, with a test between the engine and every device that it opens. */
import { dawn } from './gpu';

export function dawnWith(opened: (device: GPUDevice) => GPUDevice): GPU {
  const gpu = dawn();
  const requestAdapter: GPU['requestAdapter'] = async (options) => {
    const adapter = await gpu.requestAdapter(options);
    const requestDevice = adapter?.requestDevice.bind(adapter);
    if (adapter && requestDevice) adapter.requestDevice = async (wanted) => opened(await requestDevice(wanted));
    return adapter;
  };
  const { wgslLanguageFeatures } = gpu;
  return { requestAdapter, wgslLanguageFeatures } as GPU;
}
