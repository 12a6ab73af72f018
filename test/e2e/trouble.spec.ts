/** What goes wrong while a stage runs: each ends in a sentence, and what was learnt or loaded before is still there. */
import { join } from 'node:path';
import { type Browser, expect, type Worker } from '@playwright/test';
import { storedRun } from '../support/kills/pageStored';
import { beforeWorker } from '../support/pageMemory';
import { openFewRows } from './fewRows';
import { range, sumRows } from './rows';
import { openStudio, type Studio } from './studio';
import { test } from './watched';

declare global {
  /** The worker's device, kept by the script below where a test can reach it. */
  var gpuDevice: GPUDevice;
}

const keepDevice = `const requestDevice = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (...options) {
  return (self.gpuDevice = await requestDevice.apply(this, options));
};`;

async function openReachable(browser: Browser, baseURL: string | undefined): Promise<[Studio, Worker]> {
  const studio = await openStudio(browser, baseURL, (page) => beforeWorker(page, keepDevice));
  const [worker] = studio.page.workers();
  if (!worker) throw new Error('the page has no worker');
  return [studio, worker];
}

/** SFT that has learnt at least one step of many. */
async function startTraining(studio: Studio): Promise<void> {
  await studio.setField('sft.epochs', 100);
  await studio.click('run-sft');
  await expect.poll(() => studio.step(), { intervals: [50] }).toBeGreaterThanOrEqual(1);
}

/** Points of the loss's picture that are not empty. */
function ink(studio: Studio): Promise<number> {
  return studio.get('loss-plot').evaluate((plot) => {
    const canvas = plot.querySelector('canvas');
    const { data } = canvas!.getContext('2d')!.getImageData(0, 0, canvas!.width, canvas!.height);
    return data.filter((value, i) => i % 4 === 3 && value > 0).length;
  });
}

test.describe('the graphics card', () => {
  test('refuses a command: the run ends, the adapter so far can be merged', async ({ browser, baseURL }) => {
    const [studio, worker] = await openReachable(browser, baseURL);
    await studio.drop('test', 'few.jsonl', sumRows(range(2700, 3)));
    await startTraining(studio);
    // A buffer without a use is no valid request.
    await worker.evaluate(() => void gpuDevice.createBuffer({ size: 4, usage: 0 }));
    await studio.expectStage('sft', 'failed');
    await expect(studio.get('notice').locator('li')).toHaveAttribute('data-code', 'gpu-failed');
    await studio.run('merge');
    await studio.page.context().close();
  });

  test('runs out of memory: the engine is opened again by itself, and the training goes on', async ({
    browser,
    baseURL,
  }) => {
    const [studio, worker] = await openReachable(browser, baseURL);
    await studio.drop('test', 'few.jsonl', sumRows(range(2700, 3)));
    await studio.setField('checkpoints.everySteps', 2);
    await startTraining(studio);
    await expect(studio.get('kept-checkpoint')).toHaveCount(1);
    // As the browser tells it: how much memory a driver has cannot be known here.
    await worker.evaluate(() => {
      const error = new GPUOutOfMemoryError('no memory left');
      gpuDevice.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
    });
    await expect(studio.get('notice')).toContainText('out of memory (no memory left)');
    await expect(studio.get('recovery')).toBeVisible();
    await studio.expectStage('sft', 'interrupted');
    const kept = Number(await studio.get('kept-checkpoint').getAttribute('data-step'));
    await expect(studio.get('notice').locator('[data-code=recovered]')).toBeVisible();
    await studio.expectStage('sft', 'running');
    await expect.poll(() => studio.step()).toBeGreaterThan(kept);
    await studio.page.context().close();
  });

  test('is lost: the engine is opened again by itself, once, and the training goes on', async ({
    playwright,
    baseURL,
  }) => {
    // Its own browser: others must not lose their card too.
    const browser = await playwright.chromium.launch();
    const studio = await openStudio(browser, baseURL);
    await studio.drop('train', 'mine.jsonl', sumRows(range(2000, 16)));
    await studio.drop('test', 'few.jsonl', sumRows(range(2700, 3)));
    await studio.setField('checkpoints.everySteps', 2);
    await studio.look('diagnostics');
    await startTraining(studio);
    await expect(studio.get('kept-checkpoint')).toHaveCount(1);
    const browserItself = await browser.newBrowserCDPSession();
    await browserItself.send('Browser.crashGpuProcess');
    await expect(studio.get('recovery')).toHaveAttribute('data-phase', 'waiting');
    await expect(studio.get('notice')).toContainText('was lost');
    await expect(studio.get('notice').locator('[data-code=recovered]')).toBeVisible();
    await studio.expectStage('sft', 'running');
    const kept = Number(await studio.get('kept-checkpoint').getAttribute('data-step'));
    await expect.poll(() => studio.step()).toBeGreaterThan(kept);
    await studio.expectRows('test', 3);
    await studio.stop();
    await studio.expectStage('sft', 'stopped');
    // What is known of the kernels is asked of the new engine, once the panel is opened again.
    await studio.look('diagnostics');
    await expect(studio.get('kernels')).toBeEnabled();
    const from = Number(await studio.get('go-on-sft').getAttribute('data-step'));
    await studio.click('go-on-sft');
    // Lost before it has gone on, it would be the stopped one that it was.
    await expect.poll(() => studio.step()).toBeGreaterThan(from);
    // Browsers take WebGPU for two minutes from a page that loses its card again and again: now the person decides.
    await browserItself.send('Browser.crashGpuProcess');
    await studio.expectStage('sft', 'interrupted');
    await expect(studio.get('notice').locator('[data-code=lost-again]')).toBeVisible();
    await expect(studio.get('notice').locator('[data-code=recovered]')).toHaveCount(0);
    await expect(studio.get('recovery')).toHaveCount(0);
    // The browser's pictures lay on the card too.
    await studio.get('loss-plot').scrollIntoViewIfNeeded();
    await expect.poll(() => ink(studio)).toBeGreaterThan(0);
    await expect(studio.get('run-baseline')).toBeDisabled();
    await studio.get('restart').click();
    await expect(studio.get('notice').locator('[data-code=not-recovered]')).toBeVisible();
    await expect(studio.get('restart')).toBeVisible();
    await expect(studio.get('go-on-sft')).toBeDisabled();
    await browser.close();
  });
});

test('a loss that is not finite ends the run with its step, and the steps before it are kept', async ({
  browser,
  baseURL,
}) => {
  const studio = await openStudio(browser, baseURL);
  await studio.drop('test', 'few.jsonl', sumRows(range(2700, 3)));
  // The first step is sound, whatever the model; its weight decay then throws A to the end of f32, where the next overflows.
  await studio.setField('sft.weightDecay', '1e38');
  await studio.setField('sft.learningRate', 1);
  await studio.setField('sft.warmupSteps', 0);
  await studio.click('run-sft');
  await studio.expectStage('sft', 'failed');
  await expect(studio.get('notice').locator('li')).toHaveAttribute('data-code', 'not-finite');
  await expect(studio.get('notice')).toContainText('of step 2 is');
  await studio.expectStage('merge', 'idle');
  await studio.page.context().close();
});

test('a loss that explodes is said, nothing of it is kept, and both ways on begin at the last good state', async ({
  browser,
  baseURL,
}) => {
  const studio = await openStudio(browser, baseURL);
  await openFewRows(studio, { tests: 2, maxNewTokens: 2 });
  // The loss falls for a dozen steps. From the 18th step on rate times decay is above 2: each step turns the adapter's weights
  // over and makes them larger, whatever they have learnt, so that the loss rises to ten times what it was.
  await studio.setField('sft.learningRate', 0.4);
  await studio.setField('sft.weightDecay', 30);
  await studio.setField('sft.warmupSteps', 100);
  await studio.setField('sft.epochs', 20);
  await studio.setField('checkpoints.everySteps', 1);
  const keptStep = async () => Number(await studio.get('kept-checkpoint').getAttribute('data-step'));
  const curve = async (name: string, step: number) => {
    const { curves } = await storedRun(studio.page);
    return new Map(new Map(curves).get('sft')).get(name)?.[step];
  };

  await studio.click('run-sft');
  const said = studio.get('notice').locator('[data-code=loss-exploded]');
  await expect(said).toBeVisible({ timeout: 120_000 });
  const text = await said.innerText();
  const exploded = Number(/loss of step (\d+) is/.exec(text)?.[1]);
  expect(text, 'the rows are named').toMatch(/rows on lines \d+(, \d+){7}/);
  await expect.poll(() => studio.step()).toBeGreaterThan(exploded);
  await studio.stop();
  await studio.expectStage('sft', 'stopped');
  const good = await keptStep();
  // Of every step that leaves time for it there is one, but of those that exploded; that of the step before has the weights that did.
  expect(good).toBeLessThan(exploded - 1);
  expect(good).toBeGreaterThan(exploded / 2);
  await expect(studio.get('skip-sft')).toContainText(`step ${exploded}`);

  await studio.click('skip-sft');
  // The page shows the last step of before until it goes on behind the checkpoint.
  await expect.poll(() => studio.step(), { intervals: [50] }).toBeLessThan(exploded);
  await expect.poll(() => studio.step(), { intervals: [50] }).toBeGreaterThan(exploded);
  await studio.stop();
  await studio.expectStage('sft', 'stopped');
  await expect.poll(() => curve('loss', exploded), 'its rows are left out').toBeNaN();
  for (const step of [good, exploded - 1, exploded + 1]) expect(await curve('loss', step)).toBeGreaterThan(0);

  const from = await keptStep();
  await studio.click('half-sft');
  await studio.finished('sft', 5 * 60_000);
  // Linear in the steps: that of the step behind the checkpoint, halved; what was left out stays so.
  const next = from + 1 === exploded ? from + 2 : from + 1;
  await expect.poll(() => curve('learningRate', next)).toBeCloseTo((0.4 * (next - 1)) / 100 / 2, 6);
  expect(await curve('learningRate', good), 'the steps before were made at the whole rate').toBeCloseTo(
    (0.4 * (good - 1)) / 100,
    6,
  );
  await studio.page.context().close();
});

test('a row longer than the context is named when a model reads it, and the others are used', async ({
  browser,
  baseURL,
}) => {
  const studio = await openStudio(browser, baseURL);
  const long = JSON.stringify({ instruction: '7'.repeat(3000), input: '', output: '1' });
  await studio.drop('train', 'long.jsonl', `${sumRows(range(2000, 3))}${long}\n${sumRows(range(2003, 5))}`);
  await studio.drop('test', 'few.jsonl', sumRows(range(2700, 2)));
  await studio.expectRows('train', 9);
  await studio.run('sft');
  await studio.click('tab-train');
  const problem = studio.get('problems').locator('li');
  await expect(problem).toHaveCount(1);
  await expect(problem).toHaveAttribute('data-line', '4');
  await expect(problem).toHaveAttribute('data-code', 'row-too-long');
  await expect(studio.get('loss-chart')).toHaveAttribute('data-loss-points', '1');
  await studio.page.context().close();
});

test('a dropped folder is refused by name, and the rows before it stay', async ({ browser, baseURL }) => {
  const studio = await openStudio(browser, baseURL);
  const box = await studio.get('drop-train').boundingBox();
  const browserItself = await studio.page.context().newCDPSession(studio.page);
  // Only the browser's own drag can carry a folder.
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await browserItself.send('Input.dispatchDragEvent', {
      type,
      x: (box?.x ?? 0) + 80,
      y: (box?.y ?? 0) + 80,
      data: { items: [], files: [join(import.meta.dirname, '../fixtures')], dragOperationsMask: 1 },
    });
  }
  await expect(studio.get('notice').locator('li')).toHaveAttribute('data-code', 'drop-folder');
  await expect(studio.get('notice')).toContainText('fixtures');
  await studio.expectRows('train', 2700);
  await studio.page.context().close();
});
