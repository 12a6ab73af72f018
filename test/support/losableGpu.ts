/**
 * A GPU whose device can be taken away, as a driver does it that is reset: nothing more is computed, and it was not asked for;
 * and which can say that it has no memory left.
 */
import { withOwn } from './withOwn';

export function losable(gpu: GPU): { readonly gpu: GPU; lose(): void; exhaust(): void } {
  let take = (): void => {};
  let tell = (_: unknown): void => {};
  const requestAdapter = async (options?: GPURequestAdapterOptions) => {
    const adapter = await gpu.requestAdapter(options);
    const requestDevice = async (wanted?: GPUDeviceDescriptor) => {
      const device = await adapter!.requestDevice(wanted);
      const lost = new Promise<Pick<GPUDeviceLostInfo, 'reason' | 'message'>>((resolve) => {
        take = () => {
          device.destroy();
          resolve({ reason: 'unknown', message: 'gone' });
        };
      });
      const addEventListener = (_: string, listener: typeof tell) => {
        tell = listener;
      };
      return withOwn(device, { lost, addEventListener });
    };
    return adapter && withOwn(adapter, { requestDevice });
  };
  return {
    gpu: withOwn(gpu, { requestAdapter }),
    lose: () => take(),
    exhaust: () => tell({ error: new GPUOutOfMemoryError('none left') }),
  };
}
