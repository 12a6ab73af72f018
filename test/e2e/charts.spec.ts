/** The charts of a training whose steps are told to the page: what people do with them, and 100,000 points. */
import { readFile } from 'node:fs/promises';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { openStudio, type Studio } from './studio';
import { keepStarts, tellAccuracy, tellEnd, tellSteps } from './told';
import { test } from './watched';

test.describe.configure({ mode: 'serial' });

let studio: Studio;
let page: Page;

test.beforeAll(async ({ browser, baseURL }) => {
  studio = await openStudio(browser, baseURL, keepStarts);
  page = studio.page;
});

test.afterAll(async () => {
  await page.context().close();
});

test('the drawing is no part of what the page is first made of', async () => {
  const text = await page.evaluate(async () => {
    // As the server gives it: what is loaded later adds links of its own.
    const made = await (await fetch('./')).text();
    const parts = made.matchAll(/<(?:script type="module"|link rel="modulepreload")[^>]* (?:src|href)="([^"]+)"/g);
    const texts = [...parts].map(async ([, address]) => (await fetch(address!)).text());
    return (await Promise.all(texts)).join('\n');
  });
  expect(text).toContain('distillery.smoothing');
  expect(text).not.toContain('u-cursor-x');
});

test('the first curve moves nothing below it', async () => {
  const places = () =>
    page.locator('.charts, .more-curves').evaluateAll((all) => all.map((e) => e.getBoundingClientRect().height));
  const before = await places();
  await studio.click('run-baseline');
  await tellAccuracy(page, 'teacher-base', 0, 1, 290);
  await tellAccuracy(page, 'student-base', 0, 0, 290);
  await tellEnd(page, 0);
  await expect(studio.get('accuracy-plot').locator('canvas')).toBeVisible();
  await studio.click('run-sft');
  await tellSteps(page, 1, 200, 400);
  await tellAccuracy(page, 'teacher-sft', 200, 48, 64);
  await expect(studio.get('loss-plot').locator('canvas')).toBeVisible();
  await expect(studio.get('loss-chart')).toHaveAttribute('data-loss-points', '200');
  expect(await places()).toEqual(before);
});

test('a range that is dragged is shown by every chart, and the whole run again', async () => {
  const over = studio.get('loss-plot').locator('.u-over');
  const box = (await over.boundingBox())!;
  const x = (share: number): number => box.x + share * box.width;
  await page.mouse.move(x(0.25), box.y + 50);
  await page.mouse.down();
  await page.mouse.move(x(0.75), box.y + 60, { steps: 4 });
  await page.mouse.up();
  for (const chart of ['loss', 'accuracy']) {
    const steps = (await table(chart)).map(([step]) => Number(step));
    expect(Math.min(...steps), chart).toBeGreaterThanOrEqual(49);
    expect(Math.max(...steps), chart).toBeLessThanOrEqual(151);
  }
  expect((await table('loss')).length).toBeGreaterThan(95);
  await over.dblclick();
  expect((await table('loss')).length).toBe(200);
  await page.mouse.move(x(0.5), box.y + 50);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -200);
  await page.keyboard.up('Control');
  await expect(studio.get('whole')).toBeEnabled();
  expect((await table('loss')).length).toBeLessThan(160);
  await studio.get('whole').click();
  expect((await table('loss')).length).toBe(200);
});

test('two fingers zoom in, and a drag with Shift moves what is in sight', async () => {
  const over = studio.get('loss-plot').locator('.u-over');
  await over.evaluate((element) => {
    const { left, width, top } = element.getBoundingClientRect();
    const touch = (type: string, pointerId: number, share: number) => {
      const place = { clientX: left + share * width, clientY: top + 40 };
      element.dispatchEvent(new PointerEvent(type, { pointerId, pointerType: 'touch', bubbles: true, ...place }));
    };
    touch('pointerdown', 1, 0.4);
    touch('pointerdown', 2, 0.6);
    touch('pointermove', 1, 0.3);
    touch('pointermove', 2, 0.7);
    touch('pointerup', 1, 0.3);
    touch('pointerup', 2, 0.7);
  });
  const edges = async () => {
    const steps = (await table('loss')).map(([step]) => Number(step));
    return [steps.at(0)!, steps.at(-1)!];
  };
  // Half of what there was, around the middle; fingers are where they are to the pixel.
  const [first, last] = await edges();
  expect(Math.abs(first! - 50)).toBeLessThanOrEqual(1);
  expect(Math.abs(last! - 150)).toBeLessThanOrEqual(1);
  const box = (await over.boundingBox())!;
  await page.keyboard.down('Shift');
  await page.mouse.move(box.x + 0.5 * box.width, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.75 * box.width, box.y + 50, { steps: 3 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  const [from, to] = await edges();
  expect(Math.abs(to! - from! - (last! - first!))).toBeLessThanOrEqual(1);
  expect(from).toBeGreaterThan(20);
  expect(from).toBeLessThan(30);
  await studio.get('whole').click();
});

test('the cursor goes by mouse and by keyboard, the same in every chart, and is spoken', async () => {
  await studio.get('loss-plot').hover();
  await expect(studio.get('loss-chart').locator('.readout')).toContainText(/Step \d+.*SFT/);
  await expect(studio.get('accuracy-chart').locator('.readout')).toContainText(/Step \d+/);
  await page.mouse.move(0, 0);
  await expect(page.locator('.readout')).toHaveCount(0);
  await studio.get('accuracy-plot').focus();
  await page.keyboard.press('End');
  await expect(studio.get('accuracy-plot-spoken')).toHaveText(
    /^Step 200 · Teacher, SFT 75.0% n = 64, 95 %: 63.2% to 84.0%$/,
  );
  await page.keyboard.press('ArrowLeft');
  await expect(studio.get('accuracy-plot-spoken')).toHaveText(/^Step 0 · Teacher, SFT 0.3% n = 290/);
  await expect(studio.get('loss-chart').locator('.readout')).toHaveCount(0);
  await studio.get('loss-plot').focus();
  await page.keyboard.press('Home');
  await expect(studio.get('loss-plot-spoken')).toHaveText(/^Step 1 · SFT, smoothed \d/);
  await page.keyboard.press('+');
  await expect(studio.get('whole')).toBeEnabled();
  await page.keyboard.press('0');
  await expect(studio.get('whole')).toBeDisabled();
});

test('outliers can be left out, and the chart says how many', async () => {
  await tellSteps(page, 201, 202, 400, { loss: 40 });
  await studio.get('loss-clip').click();
  await expect(studio.get('loss-plot-out-of-sight')).toHaveText(/^\d+ points out of sight$/);
  await studio.get('loss-clip').click();
  await expect(studio.get('loss-plot-out-of-sight')).toHaveCount(0);
});

test('the smoothing is remembered', async () => {
  await studio.get('smoothing').fill('0.5');
  expect(await page.evaluate(() => localStorage.getItem('distillery.smoothing'))).toBe('0.5');
  // step, each step, smoothed
  const [one, two] = (await table('loss')).map((cells) => cells.map(Number));
  expect(one![2]).toBeCloseTo(one![1]!, 9);
  expect(two![2]).toBeCloseTo((one![1]! + 2 * two![1]!) / 3, 9);
});

test('every other metric has its chart, the whole screen, and files', async () => {
  await studio.get('more-curves').locator('summary').click();
  for (const metric of ['crossEntropy', 'tokenAccuracy', 'learningRate', 'gradientNorm', 'tokensPerSecond']) {
    await studio.get(`${metric}-plot`).scrollIntoViewIfNeeded();
    await expect(studio.get(`${metric}-plot`).locator('canvas'), metric).toBeVisible();
  }
  await expect(studio.get('divergence-plot'), 'SFT has no teacher').toHaveCount(0);
  await studio.get('gradientNorm-enlarge').click();
  await expect(studio.get('gradientNorm-screen').locator('canvas')).toBeVisible();
  expect((await studio.get('gradientNorm-screen').boundingBox())!.height).toBeGreaterThan(600);
  // What was moved there holds for those that waited behind it.
  await page.keyboard.press('Escape');
  await studio.get('loss-enlarge').click();
  await expect(studio.get('loss-screen').locator('canvas'), 'keys move what is there').toBeVisible();
  await studio.get('loss-screen').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('+');
  await page.keyboard.press('Escape');
  await expect(studio.get('chart-screen')).toHaveCount(0);
  await expect(studio.get('whole')).toBeEnabled();
  await studio.get('loss-plot').focus();
  await page.keyboard.press('End');
  await expect(studio.get('loss-plot-spoken')).not.toContainText(/^Step 202 /);
  await studio.get('whole').click();
  const picture = await file('loss', 'png');
  expect([...picture.subarray(1, 4)].map((byte) => String.fromCharCode(byte)).join('')).toBe('PNG');
  expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([1920, 1080]);
  expect((await file('loss', 'svg')).toString()).toMatch(/<path d="M[\d.]+ [\d.]+L/);
});

test('can be used without eyes and in the dark, and fits a telephone', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await studio.get('loss-plot').hover();
    const { violations } = await new AxeBuilder({ page }).include('[data-testid=charts]').analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await studio.get('charts').evaluate((e) => e.scrollWidth - e.clientWidth)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1440, height: 1000 });
});

test('with 100,000 points, another one takes no long task', async () => {
  test.setTimeout(3 * 60_000);
  for (let step = 203; step <= 100_000; step += 10_000) {
    await tellSteps(page, step, Math.min(step + 9999, 100_000), 101_000);
  }
  await expect(studio.get('loss-chart')).toHaveAttribute('data-loss-points', '100000', { timeout: 120_000 });
  await studio.get('loss-chart').scrollIntoViewIfNeeded();
  // A machine with other work makes a task long now and then; charts that read every point would do so in every round.
  const rounds: number[][] = [];
  while (rounds.length < 8 && rounds.at(-1)?.length !== 0) {
    rounds.push(await longTasks(100_001 + 60 * rounds.length, 60));
  }
  await expect(studio.get('loss-chart')).toHaveAttribute('data-loss-points', String(100_000 + 60 * rounds.length));
  expect(rounds.at(-1), `long tasks in ms: ${JSON.stringify(rounds)}`).toEqual([]);
});

/** Milliseconds of every task above 50 while a step per frame comes in, `count` of them. */
async function longTasks(from: number, count: number): Promise<number[]> {
  const tasks = await page.evaluateHandle(async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const found: number[] = [];
    const observer = new PerformanceObserver((list) => found.push(...list.getEntries().map((e) => e.duration)));
    observer.observe({ type: 'longtask' });
    return { found, observer };
  });
  await tellSteps(page, from, from + count - 1, 101_000, {}, true);
  return tasks.evaluate(async ({ found, observer }) => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    observer.disconnect();
    return found;
  });
}

/** What the chart saves as a file. */
async function file(chart: string, kind: 'csv' | 'svg' | 'png'): Promise<Buffer> {
  await studio.get(`${chart}-export`).click();
  const [download] = await Promise.all([page.waitForEvent('download'), studio.get(`export-${kind}`).click()]);
  expect(download.suggestedFilename()).toBe(`distillery-${chart}.${kind}`);
  return readFile(await download.path());
}

/** Its rows as a table: the steps in sight. */
async function table(chart: string): Promise<string[][]> {
  const lines = (await file(chart, 'csv')).toString().trimEnd().split('\n');
  return lines.slice(1).map((line) => line.split(','));
}
