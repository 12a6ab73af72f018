/** What a page in real Chromium holds: its heaps as the browser measures them, and the buffers on the card that are alive. */
import type { Browser, Page } from '@playwright/test';
import { heldBytes } from '../bench/memory';

/** Lets `performance.measureUserAgentSpecificMemory` collect what nobody refers to and answer at once. */
export const eagerMeasuring = '--enable-blink-features=ForceEagerMeasureMemory';

/** Before the first line of a worker: every buffer that its devices make and do not destroy is counted. */
export const countBuffers = `const alive = new Map();
self.buffersAlive = () => ({ buffers: alive.size, bytes: [...alive.values()].reduce((sum, bytes) => sum + bytes, 0) });
const { createBuffer } = GPUDevice.prototype;
GPUDevice.prototype.createBuffer = function (descriptor) {
  const buffer = createBuffer.call(this, descriptor);
  alive.set(buffer, descriptor.size);
  return buffer;
};
const { destroy } = GPUBuffer.prototype;
GPUBuffer.prototype.destroy = function () {
  alive.delete(this);
  return destroy.call(this);
};
`;

export interface PageMemory {
  /** Bytes of the page's and the worker's JavaScript, with what it keeps outside of the heap. */
  readonly page: number;
  readonly worker: number;
  /** Buffers made by the worker and not destroyed. */
  readonly buffers: number;
  readonly gpu: number;
  /** What the GPU process holds itself; on a CPU adapter the buffers and the compiled kernels lie there. */
  readonly gpuProcess: number;
}

declare global {
  /** Of `countBuffers`, in the worker. */
  var buffersAlive: () => { buffers: number; bytes: number };
}

interface Measured {
  readonly breakdown: readonly {
    readonly bytes: number;
    readonly attribution: readonly { readonly scope: string }[];
  }[];
}

/** Runs `script` before the first line of the page's engine worker. */
export async function beforeWorker(page: Page, script: string): Promise<void> {
  await page.route(/\/assets\/worker[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${script}\n${await response.text()}` });
  });
}

export async function memoryOf(page: Page, browser: Browser): Promise<PageMemory> {
  const { breakdown } = await page.evaluate(async () => {
    const measure = Reflect.get(performance, 'measureUserAgentSpecificMemory') as () => Promise<Measured>;
    return measure.call(performance);
  });
  const bytes = (scope: string) =>
    breakdown
      .filter(({ attribution }) => attribution.some((of) => of.scope === scope))
      .reduce((sum, part) => sum + part.bytes, 0);
  const [worker] = page.workers();
  if (!worker) throw new Error('the page has no worker');
  const alive = await worker.evaluate(() => buffersAlive());
  return {
    page: bytes('Window'),
    worker: bytes('DedicatedWorkerGlobalScope'),
    buffers: alive.buffers,
    gpu: alive.bytes,
    gpuProcess: heldBytes(await gpuProcess(browser)),
  };
}

async function gpuProcess(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const found = processInfo.find(({ type }) => type === 'GPU');
  if (!found) throw new Error('the browser has no GPU process');
  return found.id;
}
