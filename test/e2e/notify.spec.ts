// Somebody who is elsewhere while a stage runs: the end is told, and the screen stays on.
import { expect, type Page } from '@playwright/test';
import type { Phase } from '../../src/engine/studio';
import { range, sumRows } from './rows';
import { openStudio } from './studio';
import { keepStarts } from './told';
import { test } from './watched';

declare global {
  interface Window {
    told: string[];
    away: boolean;
    screens: string[];
  }
}

/** A page that nobody looks at, whose notifications and wake locks are written down instead. */
async function watched(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Object.assign(window, { told: [], screens: [], away: false });
    Object.defineProperty(document, 'hidden', { get: () => window.away });
    class Told {
      static permission = 'granted';
      static requestPermission = async () => 'granted';
      constructor(_title: string, { body }: { body: string }) {
        window.told.push(body);
      }
    }
    Object.assign(window, { Notification: Told });
    const release = async (): Promise<void> => void window.screens.push('off');
    const request = async () => {
      window.screens.push('on');
      return { released: false, release };
    };
    Object.defineProperty(navigator, 'wakeLock', { value: { request } });
  });
}

test('the title says how far it is, and with what when that is not the training', async ({ browser, baseURL }) => {
  const studio = await openStudio(browser, baseURL, keepStarts);
  const { page } = studio;
  const tell = (phase: Phase, done: number) =>
    page.evaluate(([now, count]) => window.tell!({ type: 'phase', phase: now, done: count, total: 10 }), [
      phase,
      done,
    ] as const);
  await studio.click('run-sft');
  await tell('training', 4);
  await expect(page).toHaveTitle('40% SFT · Distillery');
  // A share that begins anew is no step back.
  await tell('generating', 1);
  await expect(page).toHaveTitle('10% SFT: asking the test questions · Distillery');
  await page.context().close();
});

test('the end is told to who asked for it and is elsewhere, and to nobody else', async ({ browser, baseURL }) => {
  const studio = await openStudio(browser, baseURL, watched);
  const { page } = studio;
  const told = () => page.evaluate(() => window.told);
  await studio.pick('test', 'few.jsonl', sumRows(range(2700, 3)));
  await studio.expectRows('test', 3);
  await page.evaluate(() => {
    window.away = true;
  });
  await studio.run('baseline');
  expect(await told(), 'nobody asked').toEqual([]);
  expect(await page.evaluate(() => window.screens)).toEqual(['on', 'off']);

  await studio.get('notify').check();
  await studio.run('baseline');
  await expect.poll(told).toEqual([expect.stringContaining('Baseline')]);

  await page.evaluate(() => {
    window.away = false;
  });
  await studio.run('baseline');
  expect(await told(), 'somebody is looking').toHaveLength(1);
  await page.context().close();
});
