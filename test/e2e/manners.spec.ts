// Manners of the page: for everybody, by keyboard, in both themes and languages, small to load.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { Studio } from './studio';
import { test } from './watched';

const stations = ['data', 'models', 'sft', 'merge', 'distill', 'takeHome'] as const;
const views = ['live', 'compare', 'tokens', 'talk', 'log', 'diagnostics'] as const;

/** What axe finds against WCAG 2.1 AA, one line each. */
async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'])
    .analyze();
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every station and view passes WCAG AA, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    const studio = new Studio(page);
    await studio.open();
    await studio.get('settings-all').click();
    const found: Record<string, string[]> = {};
    for (const station of stations) {
      await studio.get(`station-${station}`).click();
      found[station] = await violations(page);
    }
    for (const view of views) {
      await studio.look(view);
      found[view] = await violations(page);
    }
    await studio.get('open-recipe').click();
    await expect(studio.get('recipe-dialog')).toBeVisible();
    found.recipe = await violations(page);
    expect(Object.fromEntries(Object.entries(found).filter(([, lines]) => lines.length > 0))).toEqual({});
  });
}

test('the page can be worked by keyboard alone', async ({ page }) => {
  const studio = new Studio(page);
  await studio.open();
  // The first stop leaves out everything above the stations.
  await page.keyboard.press('Tab');
  await expect(page.locator(':focus')).toHaveAttribute('href', '#pipeline');
  await studio.get('station-data').focus();
  for (const station of ['models', 'sft']) {
    await page.keyboard.press('ArrowRight');
    await expect(studio.get(`station-${station}`)).toBeFocused();
  }
  await page.keyboard.press('Enter');
  await expect(studio.get('at-sft')).toBeVisible();
  await expect(studio.get('at-data')).toBeHidden();
  // A dialog keeps the focus (at its ends a guard has it for a moment), and gives it back.
  await studio.get('open-recipe').focus();
  await page.keyboard.press('Enter');
  await expect(studio.get('recipe-dialog')).toBeVisible();
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press('Tab');
    expect(
      await page.evaluate(() => document.activeElement?.closest('[role=dialog], [data-base-ui-focus-guard]') !== null),
    ).toBe(true);
  }
  await page.keyboard.press('Escape');
  await expect(studio.get('open-recipe')).toBeFocused();
});

test('nothing moves for those who asked for less motion', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await new Studio(page).open();
  const moving = () =>
    page.evaluate(
      () =>
        [...document.querySelectorAll('*')].filter((element) => {
          const { transitionDuration, animationName } = getComputedStyle(element);
          return transitionDuration.split(',').some((time) => Number.parseFloat(time) > 0) || animationName !== 'none';
        }).length,
    );
  expect(await moving()).toBe(0);
  // Negative control: with motion there are some.
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  expect(await moving()).toBeGreaterThan(0);
});

test('the first view needs less than 250 kB of JavaScript, gzipped', async () => {
  const html = readFileSync('dist/index.html', 'utf8');
  const scripts = [...html.matchAll(/(?:src|href)="([^"]+\.js)"/g)].map(([, path]) => join('dist', path ?? ''));
  expect(scripts.length).toBeGreaterThan(0);
  const bytes = scripts.reduce((sum, path) => sum + gzipSync(readFileSync(path)).length, 0);
  expect(bytes).toBeLessThan(250_000);
});
