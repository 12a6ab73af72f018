/** The pictures of the documents: taken on the way through a test when `PICTURES` is set, never drawn. */
import type { Page } from '@playwright/test';
import type { Studio } from './studio';

export const wanted = process.env.PICTURES !== undefined;

async function picture(page: Page, name: string): Promise<void> {
  // What was loaded, or follows the new size, is drawn by then.
  await page.waitForTimeout(1500);
  await page.screenshot({ path: `docs/${name}.png` });
}

/** The studio when the whole story has run. */
export async function takePictures(studio: Studio): Promise<void> {
  const { page } = studio;
  await page.setViewportSize({ width: 1440, height: 1000 });
  await studio.get('station-distill').click();
  await page.evaluate(() => scrollTo(0, 0));
  await picture(page, 'studio');
  await studio.look('tokens');
  await studio.get('tokens-look').click();
  await studio.get('token-chip').first().waitFor();
  await studio.get('token-view').scrollIntoViewIfNeeded();
  await picture(page, 'tokens');
  await studio.look('talk');
  await (await studio.reveal('talk-question')).fill('2048');
  await studio.get('talk-send').click();
  await studio.page.locator('[data-testid^=answer-][data-state=end]').last().waitFor();
  await studio.get('talk').scrollIntoViewIfNeeded();
  await picture(page, 'talk');
  await page.emulateMedia({ colorScheme: 'dark' });
  await studio.get('language').click();
  await studio.get('station-data').click();
  await studio.get('rows-table').locator('tbody tr').nth(3).click();
  await page.evaluate(() => scrollTo(0, 0));
  await picture(page, 'data-dark-chinese');
  await page.setViewportSize({ width: 390, height: 844 });
  await studio.get('station-sft').click();
  await page.evaluate(() => scrollTo(0, 0));
  await picture(page, 'narrow');
}
