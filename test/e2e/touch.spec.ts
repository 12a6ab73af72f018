// Two fingers on a chart, as the browser itself hands them on: the chart zooms, and the page does not.
import { type CDPSession, expect, type Page } from '@playwright/test';
import { Studio } from './studio';
import { keepStarts, tellSteps } from './told';
import { test } from './watched';

test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });

interface Place {
  readonly x: number;
  readonly y: number;
}

/** From 20 pixels beside the middle to 100, on a line to the right or downwards. */
async function pinch(page: Page, touch: CDPSession, { x, y }: Place, way: 'across' | 'down'): Promise<void> {
  const at = (far: number) =>
    [-far, far].map((by, id) => (way === 'across' ? { x: x + by, y, id } : { x, y: y + by, id }));
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: ReturnType<typeof at>) =>
    touch.send('Input.dispatchTouchEvent', { type, touchPoints });
  await send('touchStart', at(20).slice(0, 1));
  await send('touchStart', at(20));
  for (let far = 30; far <= 100; far += 10) {
    await send('touchMove', at(far));
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  await send('touchEnd', []);
}

const scale = (page: Page) => page.evaluate(() => visualViewport?.scale);

test('a pinch zooms the chart and not the page, in any direction and on the axes', async ({ page }) => {
  await keepStarts(page);
  const studio = new Studio(page);
  await studio.open();
  await studio.click('run-sft');
  await tellSteps(page, 1, 400, 400);
  const plot = studio.get('loss-plot');
  await plot.scrollIntoViewIfNeeded();
  await expect(plot.locator('canvas')).toBeVisible();
  const touch = await page.context().newCDPSession(page);
  const box = (await plot.boundingBox())!;
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const places = [
    ['across', middle],
    ['down', middle],
    ['across', { x: middle.x, y: box.y + box.height - 12 }],
  ] as const;
  for (const [way, place] of places) {
    await pinch(page, touch, place, way);
    await expect(studio.get('whole'), `${way} at ${place.y}`).toBeEnabled();
    expect(await scale(page)).toBe(1);
    await studio.get('whole').tap();
    await expect(studio.get('whole')).toBeDisabled();
  }
  // Negative control: elsewhere two fingers are the page's.
  const title = (await studio.get('loss-chart').locator('h2').boundingBox())!;
  await pinch(page, touch, { x: 195, y: title.y + 10 }, 'across');
  await expect.poll(() => scale(page)).toBeGreaterThan(1);
});
