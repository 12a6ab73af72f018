/** Tokens go into the headers of requests to their own servers and nowhere else, whatever is done with the page afterwards. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Download, expect, type Page } from '@playwright/test';
import { secret as pushToken, startPushHub } from '../hub/pushBench';
import { startFakeHub } from '../support/fakeHub';
import { entriesOf } from '../support/zip';
import { openFewRows } from './fewRows';
import { Studio } from './studio';
import { test } from './watched';

const readToken = 'hf_ReadSecretOfMei';
const gated = 'Distillery/demo-teacher';
const folder = 'public/models/teacher';

/** Every place of the browser in which one of the words stands, by its name: files, tables, caches, keys, cookies, markup. */
function placesOf(page: Page, words: readonly string[]): Promise<string[]> {
  return page.evaluate(async (wanted) => {
    const places: string[] = [];
    // Bytes are read as Latin letters, so that those of a word are the word.
    const look = async (place: string, blob: Blob): Promise<void> => {
      const text = new TextDecoder('latin1').decode(await blob.arrayBuffer());
      if (wanted.some((word) => text.includes(word))) places.push(place);
    };
    const files = async (path: string, directory: FileSystemDirectoryHandle): Promise<void> => {
      for await (const [name, handle] of directory.entries()) {
        if (handle.kind === 'directory') await files(`${path}/${name}`, handle as FileSystemDirectoryHandle);
        else await look(`${path}/${name}`, await (handle as FileSystemFileHandle).getFile());
      }
    };
    const tables = async (name: string): Promise<void> => {
      const asked = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const database = await asked(indexedDB.open(name));
      for (const table of database.objectStoreNames) {
        const store = database.transaction(table).objectStore(table);
        const all = [await asked(store.getAllKeys()), await asked(store.getAll())];
        await look(`tables/${name}/${table}`, new Blob([JSON.stringify(all)]));
      }
      database.close();
    };
    await files('files', await navigator.storage.getDirectory());
    for (const { name } of await indexedDB.databases()) await tables(name!);
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        await look(`cache/${request.url}`, new Blob([request.url, await (await cache.match(request))!.blob()]));
      }
    }
    await look('localStorage', new Blob([JSON.stringify({ ...localStorage })]));
    await look('sessionStorage', new Blob([JSON.stringify({ ...sessionStorage })]));
    await look('address', new Blob([location.href, JSON.stringify(history.state), document.cookie, document.title]));
    await look('markup', new Blob([document.documentElement.outerHTML]));
    return places;
  }, words);
}

async function downloaded(download: Download): Promise<string[]> {
  const bytes = readFileSync(await download.path());
  const inside = download.suggestedFilename().endsWith('.zip') ? [...entriesOf(bytes).values()] : [bytes];
  return inside.map((file) => file.toString('latin1'));
}

test('after a gated download and a push, no token is in an address, a log, an export or a place of the browser', async ({
  page,
  context,
}) => {
  const [hub, pushHub] = await Promise.all([startFakeHub(), startPushHub()]);
  hub.models.set(gated, {
    files: Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))])),
    gated: readToken,
  });
  const told: string[] = [];
  context.on('request', (request) => told.push(request.url(), request.headers().referer ?? ''));
  context.on('console', (message) => told.push(message.text()));
  const studio = new Studio(page);
  await studio.open();

  await studio.get('hub').evaluate((element) => element.setAttribute('open', ''));
  await (await studio.reveal('hub-endpoint')).fill(hub.endpoint);
  await (await studio.reveal('hub-model')).fill(gated);
  await (await studio.reveal('hub-token')).fill(readToken);
  await studio.click('hub-find');
  await studio.click('hub-download');
  await expect(studio.get('stored')).toHaveAttribute('data-whole', 'true');
  await studio.click('stored-teacher');
  await expect(studio.get('model-teacher')).toContainText(gated);

  await openFewRows(studio);
  await studio.run('sft');
  await studio.run('merge');
  await studio.click('station-takeHome');
  await studio.get('check-after').uncheck();
  await studio.get('export-name').fill('mine');
  await studio.get('export').click();
  await expect(studio.get('exported')).toHaveAttribute('data-name', 'mine');

  await studio.get('push').evaluate((element) => element.setAttribute('open', ''));
  await studio.get('push-endpoint').fill(pushHub.endpoint);
  await studio.get('push-repository').fill('lin/mine');
  await studio.get('push-token').fill(pushToken);
  await studio.get('push-confirm').check();
  await studio.get('push-start').click();
  await expect(studio.get('pushed')).toBeVisible();

  await page.evaluate(() => Object.assign(window, { showSaveFilePicker: undefined, showDirectoryPicker: undefined }));
  const taken: string[] = [];
  const take = async (id: string): Promise<void> => {
    const [download] = await Promise.all([page.waitForEvent('download'), studio.get(id).first().click()]);
    taken.push(...(await downloaded(download)));
  };
  await take('export-zip');
  await take('run-zip');
  await studio.get('open-recipe').click();
  await take('export-recipe');
  await page.keyboard.press('Escape');

  // Both were used, each at its own server and at no store behind it.
  const used = (asked: readonly { server: string; authorization: string | undefined }[], token: string) =>
    new Set(asked.flatMap(({ server, authorization }) => (authorization?.includes(token) ? server : [])));
  expect(used(hub.asked, readToken)).toEqual(new Set(['hub']));
  expect(used(pushHub.asked, pushToken)).toEqual(new Set(['hub']));
  expect(used(hub.asked, pushToken).size + used(pushHub.asked, readToken).size).toBe(0);
  const tokens = [readToken, pushToken];
  const holds = (texts: readonly string[]) => texts.filter((text) => tokens.some((token) => text.includes(token)));
  const paths = [...hub.asked, ...pushHub.asked].map(({ path }) => path);
  const sent = [
    ...pushHub.asked.map(({ body }) => body),
    ...Object.values(pushHub.tree('lin/mine')).map((file) => file.toString('latin1')),
  ];
  expect([told.length, taken.length, sent.length].every((count) => count > 3)).toBe(true);
  expect(holds([...told, ...paths, ...taken, ...sent])).toEqual([]);
  expect(await placesOf(page, tokens)).toEqual([]);

  // Negative control: the search finds a word wherever it is left, and a token that a person has asked the browser to keep.
  await leave(page, 'hf_LeftBehind');
  expect((await placesOf(page, ['hf_LeftBehind'])).map((place) => place.split('/')[0])).toEqual([
    ...['files', 'tables', 'cache', 'localStorage', 'sessionStorage', 'address', 'markup'],
  ]);
  await studio.get('push-keep').check();
  await studio.get('push-start').click();
  await studio.get('push-agree').click();
  await expect(studio.get('pushed')).toBeVisible();
  expect(await placesOf(page, tokens)).toEqual(['localStorage']);
  await Promise.all([hub.close(), pushHub.close()]);
});

/** A word in every place that is searched. */
function leave(page: Page, word: string): Promise<void> {
  return page.evaluate(async (left) => {
    const root = await navigator.storage.getDirectory();
    const writer = await (await root.getFileHandle('left.txt', { create: true })).createWritable();
    await writer.write(left);
    await writer.close();
    await new Promise<void>((resolve) => {
      const request = indexedDB.open('left', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('table').put({ deep: [left] }, 'key');
      request.onsuccess = () => resolve(request.result.close());
    });
    await (await caches.open('left')).put('left.html', new Response(left));
    localStorage.setItem('left', left);
    sessionStorage.setItem('left', left);
    history.replaceState(left, '');
    document.documentElement.dataset.left = left;
  }, word);
}
