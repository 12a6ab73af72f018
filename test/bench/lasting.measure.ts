/**
 * What the page holds while it trains for long, and after models were opened, trained and closed again and again, in real Chromium:
 * `npm run measure -- lasting`. `MINUTES=60` of training, as much of it in each of `STAGES=sft,distill`; `CYCLES=50` times two models
 * opened, trained for two steps each, merged, their run deleted and closed. Linux only, since it reads /proc.
 */
import { type Browser, chromium } from '@playwright/test';
import { build, preview } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import config from '../../playwright.config';
import { openFewRows } from '../e2e/fewRows';
import { openStudio, type Stage, type Studio } from '../e2e/studio';
import { beforeWorker, countBuffers, measuring, memoryOf, type PageMemory } from '../support/pageMemory';
import { log } from './log';

const MINUTE = 60_000;
const stages = (process.env.STAGES ?? 'sft,distill').split(',') as readonly Stage[];
const [minutes, cycles] = [process.env.MINUTES ?? 60, process.env.CYCLES ?? 50].map(Number) as [number, number];
/** Minutes until everything that is made once is there: kernels, curves, a first evaluation and checkpoint. */
const settling = Math.min(5, minutes / stages.length / 6);
let server: Awaited<ReturnType<typeof preview>>;
let browser: Browser;
let adapter = '';

beforeAll(async () => {
  await build({ logLevel: 'error' });
  server = await preview({ logLevel: 'error', preview: { port: 0, host: '127.0.0.1', strictPort: false } });
  const { args = [], ...options } = config.use?.launchOptions ?? {};
  browser = await chromium.launch({ ...options, args: [...args, ...measuring] });
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

async function open(): Promise<Studio> {
  const studio = await openStudio(browser, server.resolvedUrls!.local[0]!, (page) => beforeWorker(page, countBuffers));
  studio.page.on('dialog', (dialog) => dialog.accept());
  adapter = await studio.page.evaluate(async () => {
    const { vendor = '', architecture = '' } = (await navigator.gpu.requestAdapter())?.info ?? {};
    return `${vendor} ${architecture}`;
  });
  return studio;
}

interface Sample extends PageMemory {
  /** The step, or the cycle. */
  readonly at: number;
}

const sample = async (studio: Studio, at: number): Promise<Sample> => {
  const now = { at, ...(await memoryOf(studio.page, browser)) };
  console.log(line(now));
  return now;
};

const mega = (bytes: number) => (bytes / 1e6).toFixed(2);
const line = ({ at, page, worker, buffers, gpu, gpuProcess }: Sample) =>
  `| ${[at, mega(gpu), buffers, mega(page), mega(worker), mega(gpuProcess)].join(' | ')} |`;
const head = (at: string) =>
  `| ${at} | MB in buffers on the card | buffers | MB of the page | MB of the worker | MB of the GPU process |\n| ---: | ---: | ---: | ---: | ---: | ---: |`;

async function train(studio: Studio, stage: Stage): Promise<readonly Sample[]> {
  await studio.click(`run-${stage}`);
  await expect.poll(() => studio.step(), { timeout: 10 * MINUTE }).toBeGreaterThan(1);
  await studio.page.waitForTimeout(settling * MINUTE);
  const samples = [await sample(studio, await studio.step())];
  const every = (minutes / stages.length - settling) / 10;
  for (let turn = 0; turn < 10; turn++) {
    await studio.page.waitForTimeout(every * MINUTE);
    samples.push(await sample(studio, await studio.step()));
  }
  await studio.stop();
  await expect.poll(() => studio.stage(stage).getAttribute('data-state'), { timeout: MINUTE }).toBe('stopped');
  return samples;
}

/** Of the last against the first, both as the least of three: what is on its way differs from moment to moment. */
function growth(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const least = (some: readonly Sample[]) => Math.min(...some.map(of));
  const [before, after] = [least(samples.slice(0, 3)), least(samples.slice(-3))];
  return before === after ? 0 : after / before - 1;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const heap = ({ page, worker }: Sample) => page + worker;
const grown = (samples: readonly Sample[]) =>
  `Grown: buffers ${percent(growth(samples, ({ gpu }) => gpu))}, heaps ${percent(growth(samples, heap))}, GPU process ${percent(growth(samples, ({ gpuProcess }) => gpuProcess))}.`;

it.runIf(minutes > 0)(`${minutes} minutes of training`, { timeout: 2 * minutes * MINUTE + 10 * MINUTE }, async () => {
  const studio = await open();
  for (const stage of stages) await studio.setField(`${stage}.epochs`, 1000);
  const parts: string[] = [];
  const trained: (readonly Sample[])[] = [];
  for (const stage of stages) {
    const samples = await train(studio, stage);
    trained.push(samples);
    parts.push(`${stage}:\n\n${head('step')}\n${samples.map(line).join('\n')}\n\n${grown(samples)}`);
    if (stage === 'sft' && stages.includes('distill')) await studio.run('merge');
  }
  await studio.page.context().close();
  log(
    `${minutes} minutes of training`,
    adapter,
    `MINUTES=${minutes} STAGES=${stages.join()} CYCLES=0 npm run measure -- lasting`,
    parts.join('\n\n'),
  );
  for (const samples of trained) {
    expect(
      growth(samples, ({ gpu }) => gpu),
      'bytes on the card',
    ).toBe(0);
    expect(growth(samples, heap), 'heaps').toBeLessThan(0.05);
  }
});

it.runIf(cycles > 0)(`${cycles} times opened and closed`, { timeout: cycles * 3 * MINUTE }, async () => {
  const studio = await open();
  const samples: Sample[] = [];
  // Until then more and more of the JavaScript is read.
  const settled = Math.ceil(cycles / 5);
  await studio.expectStage('sft', 'idle');
  await openFewRows(studio);
  for (let cycle = 1; cycle <= cycles; cycle++) {
    for (const stage of ['sft', 'merge', 'distill'] as const) await studio.run(stage);
    // What a run leaves for the person is kept, listed, and theirs to delete.
    await studio.get('run-delete').first().click();
    await expect.poll(() => studio.get('runs').getAttribute('data-runs')).toBe('0');
    for (const role of ['teacher', 'student']) await studio.click(`close-${role}`);
    await expect.poll(() => studio.get('model-student').innerText()).toContain('Not loaded');
    if (cycle === 1 || cycle % 5 === 0 || Math.abs(cycle - settled) < 2 || cycle > cycles - 3)
      samples.push(await sample(studio, cycle));
    for (const role of ['teacher', 'student']) await studio.click(`demo-${role}`);
    await expect.poll(() => studio.stage('sft').getAttribute('data-state'), { timeout: MINUTE }).toBe('idle');
  }
  await studio.page.context().close();
  const steady = samples.filter(({ at }) => at >= settled - 1);
  const how = `MINUTES=0 CYCLES=${cycles} npm run measure -- lasting`;
  log(
    `${cycles} times opened and closed`,
    adapter,
    how,
    `${head('cycle')}\n${samples.map(line).join('\n')}\n\nFrom cycle ${settled - 1}. ${grown(steady)}`,
  );
  for (const { gpu } of samples) expect(gpu, 'bytes on the card with nothing loaded').toBe(0);
  expect(growth(steady, heap), 'heaps').toBeLessThan(0.05);
});
