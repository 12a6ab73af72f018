/** The switch of units for matrices: absent where the adapter has none, and else a wish that the next visit grants. */
import { expect, type Page } from '@playwright/test';
import { Studio } from './studio';
import { test } from './watched';

// The worker's own file is changed on the way: its adapter offers units that it does not have, and its device takes their name.
const pretend = `const units = ['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'];
const config = { componentType: 'f16', resultComponentType: 'f32', M: 16, N: 16, K: 16 };
const { requestAdapter } = GPU.prototype;
GPU.prototype.requestAdapter = async function (...options) {
  const adapter = await requestAdapter.apply(this, options);
  const { vendor, architecture, description } = adapter.info;
  const sizes = { subgroupMinSize: 32, subgroupMaxSize: 32, subgroupMatrixConfigs: [config] };
  const requestDevice = async (wanted) => {
    const device = await adapter.requestDevice({ ...wanted, requiredFeatures: [] });
    Object.defineProperty(device, 'features', { value: new Set(wanted.requiredFeatures) });
    return device;
  };
  const info = { vendor, architecture, description, ...sizes };
  return { features: new Set([...adapter.features, ...units]), limits: adapter.limits, info, requestDevice };
};`;

async function openDiagnostics(page: Page): Promise<Studio> {
  const studio = new Studio(page);
  await studio.open();
  await studio.look('diagnostics');
  await expect(studio.get('kernels')).toBeEnabled();
  return studio;
}

test('an adapter without units for matrices has no switch for them, and no kernel', async ({ page }) => {
  const studio = await openDiagnostics(page);
  await expect(studio.get('matrices')).toHaveCount(0);
  await expect(studio.get('diagnostics')).toContainText('not offered');
  await expect(studio.get('kernels').locator('option[value=matrices]')).toHaveCount(0);
});

test('units for matrices that are offered are off, on at the visit after they were wished, and off again', async ({
  page,
}) => {
  await page.route(/\/worker[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${pretend}\n${await response.text()}` });
  });
  const option = 'option[value=matrices]';
  for (const wish of [true, false]) {
    const studio = await openDiagnostics(page);
    const wished = page.getByRole('checkbox', { name: 'Units for matrices (experimental)' });
    await expect(wished).toBeChecked({ checked: !wish });
    await expect(studio.get('diagnostics')).toContainText(wish ? 'offered, off' : 'Units for matriceson');
    await expect(studio.get('kernels').locator(option)).toHaveCount(wish ? 0 : 1);
    await expect(studio.get('matrices-reload')).toBeEmpty();
    await wished.click();
    await expect(wished).toBeChecked({ checked: wish });
    await expect(studio.get('matrices-reload')).toContainText('loaded again');
  }
  const studio = await openDiagnostics(page);
  await expect(studio.get('matrices')).not.toBeChecked();
  await expect(studio.get('matrices-reload')).toBeEmpty();
});
