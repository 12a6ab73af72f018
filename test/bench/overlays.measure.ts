/**
 * Frames while a person zooms and pans six runs of 100,000 steps in all charts: `npm run measure -- overlays`. `BUILDS`: folders
 * of built pages to measure in turns, commas between them (`dist`); `ROUNDS` (2); `STEPS` (100000).
 */
import { chromium, type Page } from '@playwright/test';
import { preview } from 'vite';
import { it } from 'vitest';
import config from '../../playwright.config';
import { median } from '../e2e/latency';
import { Studio } from '../e2e/studio';
import { taskTimes } from '../e2e/tasks';
import { keepStarts, tellEnd, tellSteps } from '../e2e/told';

const steps = Number(process.env.STEPS ?? 100_000);
const gestures = ['zoom', 'pan'] as const;

it('zoomed and panned', async () => {
  const builds = (process.env.BUILDS ?? 'dist').split(',');
  for (let round = 0; round < Number(process.env.ROUNDS ?? 2); round++) {
    for (const build of builds) await measure(build);
  }
});

async function measure(build: string): Promise<void> {
  const server = await preview({
    logLevel: 'error',
    build: { outDir: build },
    preview: { port: 0, host: '127.0.0.1' },
  });
  const browser = await chromium.launch(config.use?.launchOptions ?? {});
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: 'en-US' });
    const page = await context.newPage();
    await keepStarts(page);
    await page.goto(server.resolvedUrls?.local[0] ?? '');
    await page.locator('[data-testid=stage-sft][data-state=idle]').waitFor({ state: 'attached' });
    const studio = new Studio(page);
    for (let run = 0; run < 6; run++) await tellRun(studio);
    await studio.get('more-curves').locator('summary').click();
    for (const overlays of [0, 5]) {
      for (const box of (await studio.get('run-choose').all()).slice(1, 1 + overlays)) await box.check();
      await studio.get('loss-chart').scrollIntoViewIfNeeded();
      await report(page, `${build}, ${overlays} overlays, all charts`, 'loss-plot');
      await studio.get('loss-enlarge').click();
      await report(page, `${build}, ${overlays} overlays, the whole screen`, 'loss-screen');
      await page.keyboard.press('Escape');
    }
  } finally {
    await browser.close();
    await server.close();
  }
}

async function report(page: Page, what: string, plot: string): Promise<void> {
  for (const gesture of gestures) {
    // Every chart is drawn once.
    await page.waitForTimeout(2000);
    const times: number[] = [];
    const tasks = await taskTimes(page, async () => void times.push(...(await frames(page, plot, gesture))));
    const busy = tasks.reduce((sum, time) => sum + time, 0) / times.length;
    console.log(
      `${what}, ${gesture}: ${busy.toFixed(1)} ms of the thread a frame, frames of ${median(times).toFixed(1)} ms`,
    );
  }
}

async function tellRun(studio: Studio): Promise<void> {
  await studio.click('run-sft');
  await studio.expectStage('sft', 'running');
  for (let from = 1; from <= steps; from += 10_000)
    await tellSteps(studio.page, from, Math.min(from + 9999, steps), steps);
  await tellEnd(studio.page, steps);
  await studio.expectStage('sft', 'done');
}

/** Milliseconds of 120 frames with one turn of the wheel each, in and out again or to the right and back. */
function frames(page: Page, plot: string, gesture: (typeof gestures)[number]): Promise<number[]> {
  return page.evaluate(
    async ([at, kind]) => {
      const over = document.querySelector(`[data-testid=${at}] .u-over`)!;
      const { left, top, width } = over.getBoundingClientRect();
      const wheel = (change: WheelEventInit) => {
        const place = { clientX: left + 0.4 * width, clientY: top + 50, bubbles: true, cancelable: true };
        over.dispatchEvent(new WheelEvent('wheel', { ...place, ...change }));
      };
      if (kind === 'pan') for (let i = 0; i < 10; i++) wheel({ deltaY: -50, ctrlKey: true });
      const times: number[] = [];
      let before = await new Promise(requestAnimationFrame);
      for (let i = 0; i < 120; i++) {
        const way = i < 60 ? 1 : -1;
        wheel(kind === 'pan' ? { deltaX: 10 * way, shiftKey: true } : { deltaY: -25 * way, ctrlKey: true });
        const now = await new Promise(requestAnimationFrame);
        times.push(now - before);
        before = now;
      }
      return times;
    },
    [plot, gesture] as const,
  );
}
