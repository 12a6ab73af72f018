/** A folder pushed to a Hub from the page, clicked as a person would: a real browser against a small server that counts. */
import { AxeBuilder } from '@axe-core/playwright';
import { type ConsoleMessage, expect } from '@playwright/test';
import { noise, secret, startPushHub } from '../hub/pushBench';
import type { FakePushHub } from '../support/fakePushHub';
import { openStudio, type Studio } from './studio';
import { test } from './watched';

test.describe.configure({ mode: 'serial' });

const repository = 'lin/tiny-student';
const research =
  '---\nlicense: other\nlicense_name: qwen-research\nbase_model: Qwen/Qwen2.5-3B-Instruct\n---\n# Tiny\n';
const weights = noise(3_000_000);
const folder: Readonly<Record<string, Buffer>> = {
  'README.md': Buffer.from(research),
  'config.json': Buffer.from('{"model_type":"qwen2"}'),
  'model.safetensors': weights,
  // Beyond what is hashed in one piece: the library's own module for it is part of the page.
  'onnx/model.onnx_data': noise(10_500_000, 3),
};
const largeBytes = 13_500_000;

let hub: FakePushHub;
let studio: Studio;
const said: string[] = [];
const asked: string[] = [];

test.beforeAll(async ({ browser, baseURL }) => {
  studio = await openStudio(browser, baseURL);
  studio.page.on('console', (message: ConsoleMessage) => said.push(message.text()));
  studio.page.on('request', (request) => asked.push(request.url()));
  await studio.click('station-takeHome');
  await studio.get('push').evaluate((element) => element.setAttribute('open', ''));
});

test.afterAll(async () => {
  await studio.page.context().close();
});

test.beforeEach(async () => {
  hub = await startPushHub();
  said.length = 0;
  asked.length = 0;
});

test.afterEach(async () => {
  // Whatever happened: the token was nowhere but in the header for its own server, and nothing came from elsewhere.
  for (const { server, authorization, path, body } of hub.asked) {
    expect(authorization ?? '').toBe(server === 'hub' && authorization ? authorization : '');
    expect(path + body).not.toContain(secret);
  }
  expect(said.join('\n')).not.toContain(secret);
  const origins = new Set(asked.filter((url) => url.startsWith('http')).map((url) => new URL(url).origin));
  const own = [new URL(studio.page.url()).origin, hub.endpoint, hub.store.origin];
  expect([...origins].filter((origin) => !own.includes(origin))).toEqual([]);
  await hub.close();
});

/** The page's own storage stands for the folder that a person picks: it is the same kind of handle. */
async function choose(files: Readonly<Record<string, Buffer>> = folder): Promise<void> {
  const encoded = Object.entries(files).map(([path, bytes]) => [path, bytes.toString('base64')] as const);
  await studio.page.evaluate(async (entries) => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry('tiny-student', { recursive: true }).catch(() => {});
    const picked = await root.getDirectoryHandle('tiny-student', { create: true });
    for (const [path, body] of entries) {
      const parts = path.split('/');
      const name = parts.pop()!;
      let at = picked;
      for (const part of parts) at = await at.getDirectoryHandle(part, { create: true });
      const writer = await (await at.getFileHandle(name, { create: true })).createWritable();
      await writer.write(Uint8Array.from(atob(body), (c) => c.charCodeAt(0)));
      await writer.close();
    }
    window.showDirectoryPicker = async () => picked;
  }, encoded);
  await studio.page.getByText('Choose a folder…').click();
}

async function fill(token = secret, name = repository): Promise<void> {
  await studio.get('push-endpoint').fill(hub.endpoint);
  await studio.get('push-repository').fill(name);
  await studio.get('push-token').fill(token);
  await studio.get('push-confirm').check();
}

const sameTree = () => {
  const tree = hub.tree(repository);
  const paths = Object.keys(folder).filter((path) => tree[path]?.equals(folder[path]!));
  return paths.length === Object.keys(folder).length && Object.keys(tree).length === paths.length;
};

test('a folder goes to a private repository, with its licence confirmed, and the token is forgotten', async () => {
  await choose();
  const licence = studio.get('push-licence');
  await expect(licence).toContainText('qwen-research');
  await expect(licence).toContainText('excludes commercial use');
  await expect(licence).toContainText('its licence is not known here');
  await studio.get('push-repository').fill('lin/a--b');
  await expect(studio.get('push-panel')).toContainText('“--” and “..” cannot be in it');
  await fill();
  await studio.get('push-confirm').uncheck();
  await expect(studio.get('push-start')).toBeDisabled();
  await expect(studio.get('push-panel')).toContainText('your word about the licences');
  await studio.get('push-confirm').check();
  await studio.get('push-start').click();
  await expect(studio.get('pushed')).toContainText('private');
  await expect(studio.get('pushed').getByRole('link')).toHaveAttribute('href', `${hub.endpoint}/${repository}`);
  expect([sameTree(), hub.repositories.get(repository)?.private, hub.received]).toEqual([true, true, largeBytes]);
  // Negative control of the comparison of trees.
  hub.repositories.get(repository)?.files.delete('config.json');
  expect(sameTree()).toBe(false);
  const kept = await studio.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  expect(kept).not.toContain(secret);
  await studio.get('push-endpoint').fill('https://example.test');
  await expect(studio.get('push-token')).toHaveValue('');
});

test('a connection that breaks in the middle of a file is taken up again', async () => {
  await choose();
  await fill();
  hub.trouble.push({ on: 'put', cutAfter: 1_000_000 });
  await studio.get('push-start').click();
  await expect(studio.get('pushed')).toBeVisible();
  expect(sameTree()).toBe(true);
  expect(hub.received).toBeGreaterThan(largeBytes);
});

test('a stop ends it; a repository that is there is asked about; what has arrived is not sent again', async () => {
  [hub.store.multipartFrom, hub.store.partBytes] = [1_000_000, 500_000];
  const parts = largeBytes / hub.store.partBytes;
  const puts = () => hub.asked.filter(({ kind, method }) => kind === 'put' && method === 'PUT').length;
  await choose();
  await fill();
  // Ten parts are on their way at once: a few have arrived by then.
  hub.holdAt = 8_000_000;
  await studio.get('push-start').click();
  const progress = studio.get('push-progress');
  await expect(progress).toHaveAttribute('data-state', 'uploading');
  await expect.poll(() => hub.received).toBeGreaterThanOrEqual(8_000_000);
  await studio.get('push-stop').click();
  await expect(progress).toHaveCount(0);
  await expect(studio.get('push-failure')).toHaveCount(0);
  expect(hub.tree(repository)).toEqual({});
  hub.release();

  const before = puts();
  await studio.get('push-start').click();
  await expect(studio.get('push-exists')).toContainText('private repository');
  await studio.get('push-agree').click();
  await expect(studio.get('pushed')).toBeVisible();
  expect(sameTree()).toBe(true);
  // Of the parts that had arrived none was sent again, of those on their way each at most once.
  expect(puts() - before).toBeLessThan(parts);
  expect(hub.received).toBeLessThan(largeBytes + 10 * hub.store.partBytes + 1_000_000);

  // Once more: everything is there, and not a byte of a file is sent.
  hub.received = 0;
  await studio.get('push-start').click();
  await studio.get('push-agree').click();
  await expect(studio.get('pushed')).toContainText('as the folder already');
  expect([hub.received, await studio.get('pushed').getAttribute('data-sent')]).toEqual([0, '0']);
});

test('who agrees to one repository has not agreed to another', async () => {
  hub.make(repository, {}, false);
  hub.make('lin/other', {}, false);
  await choose();
  await fill();
  await studio.get('push-start').click();
  await expect(studio.get('push-exists')).toContainText('public repository');
  await studio.get('push-repository').fill('lin/other');
  await expect(studio.get('push-agree')).toHaveCount(0);
  // Negative control: it was asked about the one before.
  await studio.get('push-repository').fill(repository);
  await expect(studio.get('push-agree')).toBeVisible();
  expect(hub.received).toBe(0);
});

test('a wrong token, a name of somebody else and a folder without a card are told in words', async () => {
  const { 'README.md': _, ...rest } = folder;
  await choose(rest);
  await expect(studio.get('push-failure')).toContainText('no README.md');
  await expect(studio.get('push-start')).toBeDisabled();
  await choose();
  await fill('hf_WrongTokenOfNobody');
  await studio.get('push-start').click();
  await expect(studio.get('push-failure')).toContainText('does not accept the token');
  await expect(studio.get('push-failure')).toContainText('/settings/tokens');
  await expect(studio.get('push-failure')).not.toContainText('WrongToken');
  await fill(secret, 'mei/student');
  await studio.get('push-start').click();
  await expect(studio.get('push-failure')).toContainText('Push to: lin, Lab');
  expect([hub.repositories.size, hub.received]).toEqual([0, 0]);
});

test('a token is kept only when that is ticked, only for its server, and is deleted by a button', async () => {
  await choose();
  await fill();
  await studio.get('push-keep').check();
  await studio.get('push-private').click();
  await expect(studio.get('push-panel')).toContainText('Everybody will see it');
  await studio.get('push-start').click();
  await expect(studio.get('pushed')).toContainText('for everybody');
  expect(hub.repositories.get(repository)?.private).toBe(false);
  const kept = () => studio.page.evaluate(() => localStorage.getItem('distillery.push-token'));
  expect(JSON.parse((await kept()) ?? '')).toEqual({ endpoint: hub.endpoint, value: secret });
  // It can be deleted at once, not only at the next visit.
  await expect(studio.get('push-forget')).toBeVisible();
  await studio.page.reload();
  await studio.get('push').evaluate((element) => element.setAttribute('open', ''));
  await expect(studio.get('push-token')).toHaveValue(secret);
  await studio.get('push-endpoint').fill('https://example.test');
  await expect(studio.get('push-token')).toHaveValue('');
  await studio.get('push-endpoint').fill(hub.endpoint);
  await expect(studio.get('push-token')).toHaveValue(secret);
  await studio.get('push-forget').click();
  await expect(studio.get('push-token')).toHaveValue('');
  expect(await kept()).toBeNull();
});

test('the panel has no barrier that axe finds, in both themes, and fits a narrow window', async () => {
  hub.make(repository);
  await choose();
  await fill();
  const found: string[] = [];
  const look = async (what: string): Promise<void> => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await studio.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const { violations } = await new AxeBuilder({ page: studio.page })
        .include('[data-testid=push]')
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'])
        .analyze();
      const lines = violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} ${target.join(' ')}`));
      found.push(...lines.map((line) => `${what} ${colorScheme} ${line}`));
    }
  };
  await look('form');
  await studio.get('push-start').click();
  await expect(studio.get('push-exists')).toBeVisible();
  await look('exists');
  hub.holdAt = 500_000;
  await studio.get('push-agree').click();
  await expect(studio.get('push-progress')).toHaveAttribute('data-state', 'uploading');
  await look('progress');
  hub.release();
  await expect(studio.get('pushed')).toBeVisible();
  await look('done');
  expect(found).toEqual([]);
  await studio.page.setViewportSize({ width: 360, height: 800 });
  const wide = await studio.get('push').evaluate((element) => element.scrollWidth - element.clientWidth);
  expect(wide).toBeLessThanOrEqual(0);
});

test('in Chinese', async () => {
  await choose();
  await studio.page.getByText('中文').click();
  await expect(studio.get('push-panel')).toContainText('访问令牌');
  await expect(studio.get('push-licence')).toContainText('不允许商业用途');
});
