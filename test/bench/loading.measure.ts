/**
 * A model folder opened in the page, in real Chromium: seconds, and the memory of the tab's own process on the way.
 * `MODEL=folder npm run measure -- loading`; Linux only, since it reads /proc. `test/fixtures/random_model/make.py` makes a
 * folder of a real size.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { build, preview } from 'vite';
import { expect, it } from 'vitest';
import config from '../../playwright.config';
import { openStudio } from '../e2e/studio';
import { heldBytes } from './memory';

const MB = 1e6;

it('a model folder from the disk', async () => {
  const folder = process.env.MODEL;
  if (folder === undefined) throw new Error('MODEL names no folder: MODEL=… npm run measure -- loading');
  const size = statSync(join(folder, 'model.safetensors')).size;
  await build({ logLevel: 'error' });
  const server = await preview({ logLevel: 'error', preview: { port: 0, host: '127.0.0.1', strictPort: false } });
  const browser = await chromium.launch(config.use?.launchOptions ?? {});
  try {
    const studio = await openStudio(browser, server.resolvedUrls?.local[0]);
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const watched = processInfo.filter(({ type }) => type === 'renderer' || type === 'GPU');
    const before = new Map(watched.map(({ id }) => [id, heldBytes(id)]));
    const peak = new Map(before);
    const look = setInterval(() => {
      for (const [id, held] of peak) peak.set(id, Math.max(held, heldBytes(id)));
    }, 20);
    const card = studio.get('model-teacher');
    const since = performance.now();
    await studio.get('folder-teacher').setInputFiles(folder);
    await card.and(studio.page.locator('[aria-busy=true]')).waitFor();
    await card.and(studio.page.locator('[aria-busy=false]')).waitFor({ timeout: 600_000 });
    const seconds = (performance.now() - since) / 1000;
    clearInterval(look);
    const facts = await card.innerText();
    expect(await studio.get('notice').allInnerTexts(), facts).toEqual([]);
    const grown = watched.map(({ id, type }) => `${type} +${((peak.get(id)! - before.get(id)!) / MB).toFixed(0)} MB`);
    console.log(
      `${(size / MB).toFixed(0)} MB in ${seconds.toFixed(1)} s = ${(size / MB / seconds).toFixed(0)} MB/s; ` +
        `peak above the start: ${grown.join(', ')}\n${facts}`,
    );
  } finally {
    await browser.close();
    await server.close();
  }
});
