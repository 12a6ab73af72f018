/** The page without a network: after one visit it opens and works, a newer version waits its turn, and nothing else is kept. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, expect, type Page } from '@playwright/test';
import { type FakeHub, startFakeHub } from '../support/fakeHub';
import { builtPage, edited, nextVersion, type Site, startSite } from '../support/site';
import { openFewRows } from './fewRows';
import { Studio } from './studio';
import { test } from './watched';

const model = 'Distillery/demo-teacher';
const folder = 'public/models/teacher';

let site: Site;
let hub: FakeHub;
let context: BrowserContext;
let studio: Studio;

test.beforeEach(async ({ playwright }, { project }) => {
  site = await startSite(builtPage(), '/tools/studio/');
  hub = await startFakeHub();
  hub.models.set(model, {
    files: Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))])),
  });
  // An ordinary test context is a private window.
  context = await playwright.chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), 'offline-')), {
    ...project.use.launchOptions,
    locale: 'en-US',
    viewport: { width: 1440, height: 1000 },
    serviceWorkers: 'allow',
  });
  studio = await visit();
});

test.afterEach(async () => {
  await context.close();
  await site.goAway();
  await hub.close();
});

async function visit(): Promise<Studio> {
  const opened = new Studio(await context.newPage());
  await opened.page.goto(site.address);
  await opened.expectStage('baseline', 'idle');
  return opened;
}

const expectKept = (kept: 'page' | 'all') => expect(studio.get('offline')).toHaveAttribute('data-kept', kept);

/** No server answers, and the browser would not let a request out either. */
async function cutTheNetwork(): Promise<void> {
  await site.goAway();
  await hub.close();
  await context.setOffline(true);
}

/** Page and engine can have the finer clock and threads. */
async function isolated(page: Page): Promise<boolean[]> {
  const workers = page.workers().map((worker) => worker.evaluate(() => crossOriginIsolated));
  return Promise.all([page.evaluate(() => crossOriginIsolated), ...workers]);
}

/** The addresses of everything that the service worker has kept, without what names its version. */
const keptAddresses = (page: Page) =>
  page.evaluate(async () => {
    const addresses: string[] = [];
    for (const name of await caches.keys())
      for (const { url } of await (await caches.open(name)).keys()) addresses.push(url.replace(/\?.*/, ''));
    return addresses.sort();
  });

async function findOnHub(): Promise<void> {
  await studio.get('hub').evaluate((element) => element.setAttribute('open', ''));
  await (await studio.reveal('hub-endpoint')).fill(hub.endpoint);
  await (await studio.reveal('hub-model')).fill(model);
  await studio.click('hub-find');
}

test('after one visit it opens, computes, and has what was kept', async () => {
  await openFewRows(studio);
  await studio.run('sft');
  await findOnHub();
  await studio.click('hub-download');
  await expect(studio.get('stored')).toHaveAttribute('data-whole', 'true');
  await expectKept('all');
  expect(await keptAddresses(studio.page)).toEqual(
    [...site.files.keys()]
      .filter((path) => path !== 'serviceWorker.js')
      .map((path) => site.address + path)
      .sort(),
  );

  await cutTheNetwork();
  await studio.page.reload();
  // The run of the visit before, with the adapter that lies in the browser's own files.
  await studio.expectStage('sft', 'done');
  expect(await isolated(studio.page)).toEqual([true, true]);
  await expectKept('all');
  await studio.run('merge');
  await studio.run('sft');
  await studio.reveal('hub');
  await studio.get('hub').evaluate((element) => element.setAttribute('open', ''));
  await studio.click('stored-student');
  await expect(studio.get('model-student')).toContainText(model);
  await expect(studio.get('notice')).toHaveCount(0);
  await findOnHub();
  await expect(studio.get('notice')).toContainText('could not be reached');
});

test('every part that is loaded later is there, in both languages', async () => {
  await openFewRows(studio);
  await studio.run('sft');
  await expectKept('all');
  await cutTheNetwork();
  // With what a link may have brought along.
  await studio.page.goto(`${site.address}?from=elsewhere`);
  await studio.expectStage('sft', 'done');
  await studio.get('loss-enlarge').click();
  await expect(studio.get('chart-screen').locator('canvas').first()).toBeVisible();
  await studio.page.keyboard.press('Escape');
  await studio.get('run-open').first().click();
  await expect(studio.get('run-dialog')).toBeVisible();
  await studio.get('run-dialog-close').click();
  // Where no file can be picked, it is downloaded.
  await studio.page.evaluate(() => Object.assign(window, { showSaveFilePicker: undefined }));
  const [zip] = await Promise.all([studio.page.waitForEvent('download'), studio.get('run-zip').first().click()]);
  expect(zip.suggestedFilename()).toMatch(/\.zip$/);
  await studio.get('open-recipe').click();
  await expect(studio.get('recipe-dialog')).toBeVisible();
  await studio.page.keyboard.press('Escape');
  await studio.look('talk');
  await expect(studio.get('talk')).toBeVisible();
  await studio.look('tokens');
  await expect(studio.get('token-view')).toBeVisible();
  await studio.look('diagnostics');
  await studio.get('start-self-test').click();
  await expect(studio.get('self-test-summary')).toContainText(/\d+/);
  await studio.get('language').click();
  await expect(studio.stage('distill')).toContainText('蒸馏');
  await expect(studio.get('offline')).toContainText('没有网络');
  await expect(studio.get('notice')).toHaveCount(0);
});

test('without a service worker there is nothing to open', async ({ playwright }, { project }) => {
  await expectKept('all');
  const blocked = await playwright.chromium.launchPersistentContext('', {
    ...project.use.launchOptions,
    serviceWorkers: 'block',
  });
  const page = blocked.pages()[0]!;
  await page.goto(site.address);
  // The first view is as good as ever, and says what it lacks.
  await new Studio(page).expectStage('baseline', 'idle');
  await expect(page.getByTestId('offline')).toHaveAttribute('data-kept', 'failed');
  await site.goAway();
  await expect(page.reload()).rejects.toThrow(/ERR_CONNECTION_REFUSED/);
  await blocked.close();
  // Negative control of the control: the page that was kept opens at the same moment.
  await studio.page.reload();
  await studio.expectStage('baseline', 'idle');
});

const scriptOf = (page: Page) => page.locator('script[type=module][src]').getAttribute('src');

test('a newer version waits until a person wants it, and until no other tab shows the one before', async () => {
  await expectKept('all');
  const old = await scriptOf(studio.page);
  site.files = nextVersion(site.files);
  await studio.page.reload();
  await expect(studio.get('newer')).toContainText('next visit');
  expect(await scriptOf(studio.page)).toBe(old);
  // The server has forgotten the older one's parts; the page has not.
  await studio.look('talk');
  await expect(studio.get('talk')).toBeVisible();

  const other = await visit();
  expect(await scriptOf(other.page)).toBe(old);
  await studio.get('newer-reload').click();
  await expect(studio.get('newer')).toContainText('Other tabs');
  await other.look('tokens');
  await expect(other.get('token-view')).toBeVisible();
  await other.page.close();

  // Not while something would be lost.
  await openFewRows(studio);
  await studio.setField('sft.epochs', 300);
  await studio.click('run-sft');
  await expect(studio.get('newer-reload')).toHaveCount(0);
  await expect.poll(() => studio.step()).toBeGreaterThan(0);
  await studio.stop();
  await studio.expectStage('sft', 'stopped');
  await studio.get('newer-reload').click();
  await expect.poll(() => scriptOf(studio.page)).not.toBe(old);
  await studio.expectStage('sft', 'stopped');
  await expect(studio.get('newer')).toHaveCount(0);
  await studio.look('diagnostics');
  await expect(studio.get('diagnostics')).toBeVisible();
  expect((await keptAddresses(studio.page)).filter((address) => address.endsWith(old!.slice(1)))).toEqual([]);
});

test('a newer version that nobody asked for is used at the next visit', async () => {
  await expectKept('all');
  const old = await scriptOf(studio.page);
  site.files = nextVersion(site.files);
  await studio.page.reload();
  await expect(studio.get('newer')).toBeVisible();
  await studio.get('newer').getByRole('button', { name: 'Dismiss' }).click();
  await expect(studio.get('newer')).toHaveCount(0);
  // Outside of the folder, where the service worker has no say.
  const beside = await context.newPage();
  await beside.goto(new URL('/', site.address).href);
  const waiting = (folder: string) =>
    beside.evaluate(async (scope) => !!(await navigator.serviceWorker.getRegistration(scope))?.waiting, folder);
  expect(await waiting(site.address)).toBe(true);
  await studio.page.close();
  await expect.poll(() => waiting(site.address)).toBe(false);
  studio = await visit();
  expect(await scriptOf(studio.page)).not.toBe(old);
});

test('what is large comes after the rest, and takes nothing from it when it does not come', async () => {
  const engine = 'assets/engine-12345678.wasm';
  const listed = `[{"revision":null,"url":"${engine}"},`;
  await site.goAway();
  site = await startSite(edited(site.files, 'serviceWorker.js', /\[(?=\{"revision":)/, listed), '/');
  studio = await visit();
  await expectKept('page');
  const place = site.address + engine;
  expect(await keptAddresses(studio.page)).not.toContain(place);

  site.files = new Map(site.files).set(engine, Buffer.from('\0asm'));
  await studio.page.reload();
  await expectKept('all');
  const asked = site.asked.map((path) => path.slice(1));
  expect(asked.indexOf(engine)).toBeGreaterThan(asked.lastIndexOf('models/teacher/model.safetensors'));
  await cutTheNetwork();
  await studio.page.reload();
  await expectKept('all');
  expect(await studio.page.evaluate(async (path) => (await fetch(path)).text(), engine)).toBe('\0asm');
});
