/**
 * The first view of the built page in real Chromium, as page audits measure it: `npm run measure -- firstView`. Medians of
 * `ROUNDS` (7) loads with nothing cached, over the loopback, with no slowed network or processor.
 */
import { chromium, type Page } from '@playwright/test';
import { build, preview } from 'vite';
import { it } from 'vitest';
import config from '../../playwright.config';
import { median } from '../e2e/latency';

interface View {
  /** Milliseconds since navigation: something is painted, the largest thing is, every control can be used. */
  readonly firstPaint: number;
  readonly largestPaint: number;
  readonly ready: number;
  /** Sum of what moved, as Cumulative Layout Shift counts it. */
  readonly shift: number;
  /** Milliseconds beyond 50 of all long tasks, until ready. */
  readonly blocked: number;
  /** Bytes of scripts and styles over the wire before the page was ready. */
  readonly bytes: number;
}

it('the first view', async () => {
  await build({ logLevel: 'error' });
  const server = await preview({ logLevel: 'error', preview: { port: 0, host: '127.0.0.1', strictPort: false } });
  const browser = await chromium.launch(config.use?.launchOptions ?? {});
  const views: View[] = [];
  try {
    for (let round = 0; round < Number(process.env.ROUNDS ?? 7); round++) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
      views.push(await firstView(await context.newPage(), server.resolvedUrls?.local[0] ?? ''));
      await context.close();
    }
  } finally {
    await browser.close();
    await server.close();
  }
  const of = (what: keyof View) => median(views.map((view) => view[what]));
  console.log(
    `first paint ${of('firstPaint').toFixed(0)} ms, largest ${of('largestPaint').toFixed(0)} ms, demo loaded ${of('ready').toFixed(0)} ms, ` +
      `blocked ${of('blocked').toFixed(0)} ms, layout shift ${of('shift').toFixed(3)}, ${(of('bytes') / 1000).toFixed(0)} kB`,
  );
});

async function firstView(page: Page, address: string): Promise<View> {
  await page.addInitScript(() => {
    const seen = { shift: 0, blocked: 0, largest: 0 };
    Object.assign(window, { seen });
    const watch = (type: string, add: (entry: PerformanceEntry) => void) =>
      new PerformanceObserver((list) => list.getEntries().forEach(add)).observe({ type, buffered: true });
    watch('layout-shift', (entry) => {
      seen.shift += Number(Reflect.get(entry, 'value'));
    });
    watch('longtask', ({ duration }) => {
      seen.blocked += Math.max(0, duration - 50);
    });
    watch('largest-contentful-paint', ({ startTime }) => {
      seen.largest = startTime;
    });
  });
  await page.goto(address);
  await page.locator('[data-testid=stage-sft][data-state=idle]').waitFor({ state: 'attached' });
  return page.evaluate(() => {
    const { shift, blocked, largest } = Reflect.get(window, 'seen') as {
      shift: number;
      blocked: number;
      largest: number;
    };
    const painted = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN;
    const loaded = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    const bytes = loaded
      .filter(({ name }) => /\.(js|css)$/.test(name))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
    return { firstPaint: painted, largestPaint: largest, ready: performance.now(), shift, blocked, bytes };
  });
}
