/** Time by the GPU's own clock: timestamps at both ends of compute passes, where the adapter has them. */
import { create } from 'webgpu';
import { wishes } from '../../support/gpu';

/** Most queries of one set. */
const MOST = 4096;

// Kept as long as the process: collecting it takes every device with it. Its timestamps are as fine as the adapter's.
const instance = create([
  'disable-dawn-features=timestamp_quantization',
  ...(wishes.matrices ? ['enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia'] : []),
]);

/** Dawn in Node, whose devices have timestamps where the adapter does. */
export function dawnWithTimestamps(): Pick<GPU, 'requestAdapter' | 'wgslLanguageFeatures'> {
  return {
    wgslLanguageFeatures: instance.wgslLanguageFeatures,
    async requestAdapter(options) {
      const adapter = await instance.requestAdapter(options);
      if (!adapter?.features.has('timestamp-query')) return adapter;
      const { requestDevice } = adapter;
      adapter.requestDevice = (wanted) =>
        requestDevice.call(adapter, {
          ...wanted,
          requiredFeatures: [...(wanted?.requiredFeatures ?? []), 'timestamp-query'],
        });
      return adapter;
    },
  };
}

/** Of one pass, milliseconds from any point in time. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export class PassClock {
  private readonly device: GPUDevice;
  private readonly queries: GPUQuerySet;

  /** The device has the feature `timestamp-query`. */
  constructor(device: GPUDevice) {
    this.device = device;
    this.queries = device.createQuerySet({ type: 'timestamp', count: MOST });
  }

  /** The passes of what `work` submits; with `apart`, every dispatch is one of its own. Those past the 2,048th are not timed. */
  async time(work: () => Promise<unknown>, apart = false): Promise<readonly Span[]> {
    const { device } = this;
    const { createCommandEncoder } = device;
    let used = 0;
    device.createCommandEncoder = (wanted) => {
      const encoder = createCommandEncoder.call(device, wanted);
      const { beginComputePass } = encoder;
      const begin = () => {
        if (used === MOST) return beginComputePass.call(encoder);
        const at = used;
        used += 2;
        return beginComputePass.call(encoder, {
          timestampWrites: { querySet: this.queries, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 },
        });
      };
      encoder.beginComputePass = apart ? () => eachDispatch(begin) : begin;
      return encoder;
    };
    try {
      await work();
    } finally {
      device.createCommandEncoder = createCommandEncoder;
    }
    return this.read(used);
  }

  private async read(count: number): Promise<readonly Span[]> {
    if (count === 0) return [];
    const { device } = this;
    const usage = { resolved: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC };
    const resolved = device.createBuffer({ size: 8 * count, usage: usage.resolved });
    const staging = device.createBuffer({ size: 8 * count, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(this.queries, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const nanoseconds = new BigUint64Array(staging.getMappedRange().slice(0));
    for (const buffer of [resolved, staging]) buffer.destroy();
    const at = (index: number) => Number(nanoseconds[index]! - nanoseconds[0]!) / 1e6;
    return Array.from({ length: count / 2 }, (_, pass) => ({ start: at(2 * pass), end: at(2 * pass + 1) }));
  }
}

/** What a recorder calls of a pass: a pipeline begins each of its dispatches. */
function eachDispatch(begin: () => GPUComputePassEncoder): GPUComputePassEncoder {
  let pass: GPUComputePassEncoder | undefined;
  const pretended: Pick<GPUComputePassEncoder, 'setPipeline' | 'dispatchWorkgroups' | 'end'> & {
    setBindGroup(index: number, group: GPUBindGroup): undefined;
  } = {
    setPipeline(pipeline) {
      pass = begin();
      pass.setPipeline(pipeline);
    },
    setBindGroup(index, group) {
      pass?.setBindGroup(index, group);
    },
    dispatchWorkgroups(x, y, z) {
      pass?.dispatchWorkgroups(x, y, z);
      pass?.end();
    },
    end() {},
  };
  return pretended as GPUComputePassEncoder;
}
