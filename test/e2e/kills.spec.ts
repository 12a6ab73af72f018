/**
 * A distillation whose worker is ended without a word, and one whose GPU process is killed: the page goes on by itself, merges its
 * teacher again first, and ends with the same bits. `npm run measure -- pageKills` ends pages in all ways and at any moment.
 */
import { type Browser, type CDPSession, expect } from '@playwright/test';
import { PAGE_INTERVAL, PAGE_STEPS, prepare } from '../support/kills/pageDrive';
import { type Stored, storedRun } from '../support/kills/pageStored';
import { overhear, type PageTold } from '../support/kills/pageTold';
import { openStudio, type Studio } from './studio';
import { test } from './watched';

test.describe.configure({ mode: 'serial' });

let browser: Browser;
let browserItself: CDPSession;
let studio: Studio;
let whole: Stored;
const told: PageTold[] = [];

test.beforeAll(async ({ playwright, baseURL }) => {
  // Its own browser: others must not lose their card too.
  browser = await playwright.chromium.launch();
  browserItself = await browser.newBrowserCDPSession();
  studio = await openStudio(browser, baseURL, (page) => overhear(page.context(), (news) => told.push(news)));
  await prepare(studio);
  await studio.setField('sft.epochs', 1);
});

test.afterAll(() => browser.close());

const steps = () =>
  told.flatMap((news) => (news.type === 'stage' && news.event.type === 'step' ? news.event.metrics.step : []));

/** Distils, ends the engine behind a checkpoint, and waits until the page has come to the end without anybody's help. */
async function distilled(end: () => Promise<unknown>): Promise<Stored> {
  told.length = 0;
  await studio.click('run-distill');
  await expect.poll(() => told.some((news) => news.type === 'stage' && news.event.type === 'checkpoint')).toBe(true);
  await end();
  await expect(studio.get('recovery')).toHaveAttribute('data-phase', 'waiting');
  await expect(studio.get('notice').locator('[data-code=recovered]')).toBeVisible();
  await studio.finished('distill', 5 * 60_000);
  await studio.expectStage('merge', 'done');
  const began = told.flatMap((news) => (news.type === 'began' ? `${news.stage}${news.goesOn ? ' on' : ''}` : []));
  expect(began).toEqual(['distill', 'merge', 'distill on']);
  const repeated = steps().length - PAGE_STEPS;
  expect(repeated).toBeGreaterThanOrEqual(0);
  expect(repeated, 'one interval, and what was done while its checkpoint was written').toBeLessThanOrEqual(
    2 * PAGE_INTERVAL,
  );
  await expect(studio.get('kept-checkpoint')).toHaveCount(0);
  return storedRun(studio.page);
}

test('one that nothing ends', async () => {
  for (const stage of ['sft', 'merge', 'distill'] as const) await studio.run(stage);
  await expect(studio.get('kept-checkpoint')).toHaveCount(0);
  whole = await storedRun(studio.page);
  expect(Object.keys(whole.adapters).sort()).toEqual(['student-adapter', 'teacher-adapter']);
  // The comparison of bits can fail.
  expect(whole.adapters['student-adapter']).not.toBe(whole.adapters['teacher-adapter']);
});

test('its worker is ended without a word', async () => {
  const { run, ...stored } = await distilled(() => studio.page.evaluate(() => window.endWorkers!()));
  expect(run, 'it is another run').not.toBe(whole.run);
  expect(stored).toEqual({ adapters: whole.adapters, curves: whole.curves, evaluations: whole.evaluations });
});

test('the process of the graphics card is killed', async () => {
  await studio.page.reload();
  await studio.expectStage('distill', 'done');
  await studio.run('merge');
  const before = (await storedRun(studio.page)).run;
  const { run, ...stored } = await distilled(() => browserItself.send('Browser.crashGpuProcess'));
  expect(run).not.toBe(before);
  expect(stored).toEqual({ adapters: whole.adapters, curves: whole.curves, evaluations: whole.evaluations });
});
