// The self-test in the page: from the button to the sentence, what a kernel that differs looks like, and the copied report.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { Studio } from './studio';
import { test } from './watched';

async function openDiagnostics(page: Page): Promise<Studio> {
  const studio = new Studio(page);
  await studio.open();
  await studio.look('diagnostics');
  await expect(studio.get('start-self-test')).toBeEnabled();
  return studio;
}

const chunk = /\/selfTest-[^/]*\.js$/;

test('kernels are compared when that is asked for, told one by one, and copied into the report', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const loaded: string[] = [];
  page.on('request', (request) => chunk.test(request.url()) && loaded.push(request.url()));
  const studio = await openDiagnostics(page);
  await expect(studio.get('lacks').locator('[data-lack=software]')).toBeVisible();
  // Neither the page nor the worker has loaded it.
  expect(loaded).toEqual([]);
  await studio.get('start-self-test').click();
  await expect(studio.get('self-test-progress')).toContainText(/\d+ of \d+: [a-z]\w+\.\w+/i);
  await expect(studio.get('run-baseline')).toBeDisabled();
  await expect(studio.get('self-test-summary')).toHaveText(/^ ?(\d+) of \1 kernels agree/, { timeout: 120_000 });
  expect(loaded).toHaveLength(1);
  await expect(studio.get('self-test-table').locator('[data-passed=false]')).toHaveCount(0);
  await expect(studio.get('run-baseline')).toBeEnabled();
  await studio.get('copy-diagnostics').click();
  const report = await page.evaluate(() => navigator.clipboard.readText());
  expect(report).toMatch(/swiftshader/i);
  expect(report).toMatch(/\| linear\.forward, Registers \| .* \| agrees \|/);
  expect(report).not.toContain('王大丫丫');
});

test('a kernel that differs is a red row with what to do, and a test can be stopped', async ({ page }) => {
  // The tolerance of a kernel as if it were a thousandth: every sum in f32 differs then.
  await page.route(chunk, async (route) => {
    const body = await (await route.fetch()).text();
    expect(body).toContain('kernel:1e-5');
    await route.fulfill({ body: body.replace('kernel:1e-5', 'kernel:1e-8'), contentType: 'text/javascript' });
  });
  const studio = await openDiagnostics(page);
  await studio.get('start-self-test').click();
  await expect(studio.get('self-test-table').locator('[data-passed=false]').first()).toBeVisible();
  await studio.get('stop-self-test').click();
  await expect(studio.get('self-test-summary')).toContainText(/Stopped: .* differ and .* Do not trust/, {
    timeout: 60_000,
  });
  const first = studio.get('self-test-table').locator('tbody tr').first();
  await expect(first).toContainText('differs');
  await expect(studio.get('self-test')).toContainText('Update the browser and the driver');
  await expect(studio.get('self-test-table')).toContainText('Choose other matmul kernels than “Registers” below');
  await expect(studio.get('start-self-test')).toBeEnabled();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const axe = new AxeBuilder({ page })
      .include('[data-testid=diagnostics]')
      .withTags(['wcag2a', 'wcag2aa', 'wcag21aa']);
    expect((await axe.analyze()).violations.map(({ id }) => id)).toEqual([]);
  }
  await page.setViewportSize({ width: 390, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});
