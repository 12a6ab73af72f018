/** Models from a folder and from a Hub, in a browser with storage of its own: real OPFS, real redirects, a real reload. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BrowserContext, expect } from '@playwright/test';
import { type FakeHub, type FakeModel, startFakeHub } from '../support/fakeHub';
import { Studio } from './studio';
import { test } from './watched';

const name = 'Distillery/demo-teacher';
const folder = resolve('public/models/teacher');
const files = Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))]));
const model: FakeModel = { files };
const size = files['model.safetensors']?.length ?? 0;

let hub: FakeHub;
let context: BrowserContext;
let studio: Studio;

// An ordinary test context is a private window, where storage is slow and small.
test.beforeEach(async ({ playwright, baseURL }, { project }) => {
  hub = await startFakeHub();
  hub.models.set(name, model);
  context = await playwright.chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), 'distillery-')), {
    ...project.use.launchOptions,
    ...(baseURL === undefined ? {} : { baseURL }),
    locale: 'en-US',
    viewport: { width: 1440, height: 1000 },
    serviceWorkers: 'block',
  });
  studio = new Studio(await context.newPage());
  await studio.open();
});

test.afterEach(async () => {
  await context.close();
  await hub.close();
});

async function lookUp(token?: string): Promise<void> {
  await studio.get('hub').evaluate((element) => element.setAttribute('open', ''));
  await (await studio.reveal('hub-endpoint')).fill(hub.endpoint);
  await (await studio.reveal('hub-model')).fill(name);
  if (token) await (await studio.reveal('hub-token')).fill(token);
  await studio.click('hub-find');
}

const done = async (): Promise<number> => Number((await studio.get('hub-progress').getAttribute('data-done')) ?? 0);
const ranges = () => hub.asked.filter(({ path }) => path.includes('safetensors?')).map(({ range }) => range);

test('a download goes on after a reload, is listed, opened and deleted', async () => {
  hub.holdAt = 1_000_000;
  await lookUp();
  await expect(studio.get('hub-found')).toContainText('Qwen2ForCausalLM');
  await expect(studio.get('licence')).toContainText('apache-2.0');
  await studio.click('hub-download');
  await expect.poll(done).toBeGreaterThan(900_000);
  await expect(studio.get('hub-progress')).toHaveAttribute('data-state', 'fetching');

  await studio.page.reload();
  await studio.expectStage('baseline', 'idle');
  hub.release();
  await (await studio.reveal('hub')).locator('summary').click();
  const stored = studio.get('stored');
  await expect(stored).toHaveAttribute('data-whole', 'false');
  await expect(studio.get('stored-teacher')).toHaveCount(0);
  await studio.click('stored-continue');
  await expect(stored).toHaveAttribute('data-whole', 'true');
  // The second request begins where the first was cut, and reaches to the end of the file.
  const [first, second, ...more] = ranges();
  expect(first).toBe(`bytes=0-${size - 1}`);
  expect(second).toBe(`bytes=1000000-${size - 1}`);
  expect(more).toEqual([]);
  await expect(stored).toContainText('main');

  await studio.click('stored-student');
  await expect(studio.get('model-student')).toContainText(name);
  await expect(studio.get('model-student').locator('.badge')).toHaveCount(0);
  studio.page.on('dialog', (dialog) => dialog.accept());
  await studio.click('stored-delete');
  await expect(stored).toHaveCount(0);
  expect(await kept()).toEqual([]);
  await expect(studio.get('notice')).toHaveCount(0);
});

/** What is really there, as the page's own storage says. */
const kept = () =>
  studio.page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const models = await root.getDirectoryHandle('models', { create: true });
    const names: string[] = [];
    for await (const key of models.keys()) names.push(key);
    return names;
  });

test('a token opens a gated model, is sent to its own server only, and is forgotten', async () => {
  const secret = 'hf_E2eSecret';
  hub.models.set(name, { ...model, gated: secret });
  await lookUp();
  await expect(studio.get('notice')).toContainText('gated');
  await expect(studio.get('notice')).toContainText('licence');
  await lookUp(secret);
  await studio.click('hub-download');
  await expect(studio.get('stored')).toHaveAttribute('data-whole', 'true');
  const asked = (server: string) => hub.asked.filter((one) => one.server === server);
  expect(asked('hub').some(({ authorization }) => authorization === `Bearer ${secret}`)).toBe(true);
  expect(asked('store').length).toBeGreaterThan(0);
  expect(asked('store').filter(({ authorization, path }) => authorization || path.includes(secret))).toEqual([]);
  // A preflight would ask the second server for leave that it does not give.
  expect(asked('store').filter(({ method }) => method !== 'GET')).toEqual([]);
  // Another server, another token.
  await (await studio.reveal('hub-endpoint')).fill('https://example.test');
  await expect(studio.get('hub-token')).toHaveValue('');
  await studio.page.reload();
  await studio.expectStage('baseline', 'idle');
  await (await studio.reveal('hub')).locator('summary').click();
  await expect(studio.get('hub-endpoint')).toHaveValue(hub.endpoint);
  await expect(studio.get('hub-token')).toHaveValue('');
  const everything = await studio.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  expect(everything).not.toContain(secret);
});

test('a download is cancelled, and an architecture that cannot be trained is refused before its weights', async () => {
  hub.holdAt = 500_000;
  await lookUp();
  await studio.click('hub-download');
  await expect.poll(done).toBeGreaterThan(400_000);
  await studio.click('hub-cancel');
  await expect(studio.get('hub-progress')).toHaveCount(0);
  await expect(studio.get('stored')).toHaveAttribute('data-whole', 'false');
  await expect(studio.get('notice')).toHaveCount(0);
  const before = ranges().length;
  hub.models.set(name, { files: { ...files, 'config.json': '{"architectures":["MambaForCausalLM"]}' } });
  await lookUp();
  await expect(studio.get('notice')).toContainText('MambaForCausalLM');
  expect(ranges()).toHaveLength(before);
});

test('a folder is opened by the picker and by dropping it, and one without a model is refused', async () => {
  const { page } = studio;
  await page.evaluate(async (names) => {
    const root = await navigator.storage.getDirectory();
    const picked = await root.getDirectoryHandle('picked-model', { create: true });
    for (const file of names) {
      const writer = await (await picked.getFileHandle(file, { create: true })).createWritable();
      await writer.write(await (await fetch(`models/teacher/${file}`)).blob());
      await writer.close();
    }
    window.showDirectoryPicker = async () => picked;
  }, Object.keys(files));
  await (await studio.reveal('model-student')).getByText('Open a folder').click();
  await expect(studio.get('model-student')).toContainText('picked-model');

  await drop(page, 'model-student', folder);
  await expect(studio.get('model-student').locator('.model-name')).toHaveText('teacher');
  // The folder above holds two models: the nearest config is taken, whichever comes first.
  await drop(page, 'model-student', resolve('test/bench'));
  await expect(studio.get('notice')).toContainText('bench');
  await expect(studio.get('model-student').locator('.model-name')).toHaveText('teacher');
});

test('a folder dropped between the models asks for which, and the page stays', async () => {
  await studio.reveal('hub');
  await drop(studio.page, 'hub', folder);
  await expect(studio.get('notice')).toContainText('on the teacher or on the student');
  await expect(studio.get('model-teacher').locator('.model-name')).toHaveText('teacher');
});

test('a browser without room says what could be deleted, and goes on when there is some', async () => {
  const session = await studio.page.context().newCDPSession(studio.page);
  const { origin } = new URL(studio.page.url());
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 2_500_000 });
  await lookUp();
  await studio.click('hub-download');
  await expect(studio.get('notice')).toContainText('no room');
  await expect(studio.get('stored')).toHaveAttribute('data-whole', 'false');
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  await studio.click('stored-continue');
  await expect(studio.get('stored')).toHaveAttribute('data-whole', 'true');
});

/** As the system drops a folder from its file manager. */
async function drop(page: Studio['page'], target: string, path: string): Promise<void> {
  const card = page.getByTestId(target);
  await card.scrollIntoViewIfNeeded();
  const box = await card.boundingBox();
  if (!box) throw new Error(`${target} is not on the page`);
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: box.x + 30, y: box.y + 30, data });
}
