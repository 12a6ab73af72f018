/** What a page in real Chromium holds: its heaps as the browser measures them, and the buffers on the card that are alive. */
import type { Browser, Page } from '@playwright/test';
import { heldBytes } from '../bench/memory';

/**
 * Lets `performance.measureUserAgentSpecificMemory` answer at once, and a worker collect what nobody refers to. JavaScript is interpreted:
 * the machine code that is made of more and more of it grows for long, has an end, and says nothing about what a page leaves behind.
 */
export const measuring = [
  '--enable-blink-features=ForceEagerMeasureMemory',
  '--js-flags=--expose-gc --no-opt --no-maglev --no-sparkplug',
];

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
  /** Bytes of the page's JavaScript, its elements, and what it keeps outside of the heap. */
  readonly page: number;
  /** Bytes of the worker's JavaScript. */
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

/** After what nobody refers to was collected. */
export async function memoryOf(page: Page, browser: Browser): Promise<PageMemory> {
  const [worker] = page.workers();
  if (!worker) throw new Error('the page has no worker');
  const heap = await heapOf(page);
  await worker.evaluate(collect);
  const { breakdown } = await page.evaluate(measure);
  const alive = await worker.evaluate(() => buffersAlive());
  return {
    page: heap,
    worker: breakdown
      .filter(({ attribution }) => attribution.some(({ scope }) => scope === 'DedicatedWorkerGlobalScope'))
      .reduce((sum, { bytes }) => sum + bytes, 0),
    buffers: alive.buffers,
    gpu: alive.bytes,
    gpuProcess: heldBytes(await gpuProcess(browser)),
  };
}

const measure = (): Promise<Measured> => Reflect.get(performance, 'measureUserAgentSpecificMemory').call(performance);

async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  // Twice: what elements refer to and what JavaScript refers to are collected by turns.
  for (let turn = 0; turn < 2; turn++) await session.send('HeapProfiler.collectGarbage');
  const { usedSize, embedderHeapUsedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize + embedderHeapUsedSize + backingStorageSize;
}

/** Twice: the first time finalizers run, and what they let go of can be collected. */
async function collect(): Promise<void> {
  const { gc } = globalThis;
  if (!gc) throw new Error('the browser was started without --expose-gc');
  for (let turn = 0; turn < 2; turn++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

async function gpuProcess(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const found = processInfo.find(({ type }) => type === 'GPU');
  if (!found) throw new Error('the browser has no GPU process');
  return found.id;
}
