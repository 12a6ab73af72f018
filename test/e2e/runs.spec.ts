/** Runs are kept: a few steps of training, the page loaded again, and what can be done with what is there. */
import { readFileSync } from 'node:fs';
import { type Download, expect, type Locator, type Page } from '@playwright/test';
import { unzipped } from '../support/zip';
import { range, sumRows } from './rows';
import { openStudio, type Studio } from './studio';
import { test } from './watched';

test.describe.configure({ mode: 'serial' });

let studio: Studio;

const runs = (): Locator => studio.get('run');
const current = (): Locator => studio.page.locator('[data-testid=run][data-current=true]');

test.beforeAll(async ({ browser, baseURL }) => {
  studio = await openStudio(browser, baseURL);
  await studio.pick('test', 'short-test.jsonl', sumRows(range(2007, 3, 53)));
  await studio.expectRows('test', 3);
  await studio.drop('train', 'short.jsonl', sumRows(range(2000, 16, 13)));
  await studio.expectRows('train', 16);
  await studio.setField('evaluation.everySteps', 0);
  await studio.setField('evaluation.maxNewTokens', 8);
  await studio.setField('sft.warmupSteps', 0);
  await studio.setField('distill.warmupSteps', 0);
  await studio.setField('sft.epochs', 2);
});

test.afterAll(async () => {
  await studio.page.context().close();
});

/** Adapters in the browser's own file system, as `artifact/file`, of all runs; undefined while one of them is being deleted. */
function adapterFiles(page: Page): Promise<string[] | undefined> {
  return page.evaluate(async () => {
    const found: string[] = [];
    const root = await navigator.storage.getDirectory();
    const all = await root.getDirectoryHandle('runs', { create: true });
    try {
      for await (const run of all.values()) {
        if (run.kind !== 'directory') continue;
        for await (const artifact of (run as FileSystemDirectoryHandle).values()) {
          const files = (artifact as FileSystemDirectoryHandle).keys();
          for await (const file of files) found.push(`${artifact.name}/${file}`);
        }
      }
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
      throw error;
    }
    return found.sort();
  });
}

/** The epochs of SFT that the browser's storage has of the settings on the page. */
function keptEpochs(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const result = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await result(indexedDB.open('distillery'));
    const desk = await result(database.transaction('desk').objectStore('desk').get('desk'));
    database.close();
    return desk.recipe.sft.epochs;
  });
}

test('a run is kept while it is made, and its adapter when SFT ends', async () => {
  await expect(studio.get('runs')).toContainText('No run yet');
  await studio.run('sft');
  await studio.run('merge');
  await expect(runs()).toHaveCount(1);
  await expect(current()).toContainText('short · ');
  await expect(current()).toContainText('Teacher, SFT');
  await expect(current().getByTestId('run-state')).toContainText('Merge');
  expect(await adapterFiles(studio.page)).toEqual([
    'teacher-adapter/adapter_config.json',
    'teacher-adapter/adapter_model.safetensors',
  ]);
});

test('a page that is loaded again shows it all, and goes on from the adapter', async () => {
  const before = { answers: await studio.answers('teacher-sft'), sft: await studio.accuracy('teacher-sft') };
  await studio.page.reload();
  await studio.expectStage('sft', 'done');
  await studio.expectStage('merge', 'past');
  await expect(studio.stage('merge')).toContainText('earlier visit');
  await studio.click('tab-train');
  await studio.expectRows('train', 16);
  await studio.click('tab-test');
  await studio.expectRows('test', 3);
  await expect(studio.get('field-sft.epochs')).toHaveValue('2');
  await expect(studio.get('loss-chart')).toHaveAttribute('data-loss-points', '4');
  expect(await studio.accuracy('teacher-sft')).toEqual(before.sft);
  expect(await studio.answers('teacher-sft')).toEqual(before.answers);
  await expect(await studio.reveal('merge-report')).toBeVisible();
  await expect(studio.get('notice')).toHaveCount(0);
  const merged = await studio.answers('teacher-merged');
  // The same adapter, merged again: the same weights, and the same answers.
  await studio.run('merge');
  expect(await studio.answers('teacher-merged')).toEqual(merged);
  await studio.run('distill');
  await expect(runs()).toHaveCount(1);
  expect(await adapterFiles(studio.page)).toHaveLength(4);
});

test('a run that is cut off is shown as interrupted, and the one before it is still there', async () => {
  await studio.setField('sft.epochs', 300);
  await studio.click('run-sft');
  await expect.poll(() => studio.step(), { intervals: [50] }).toBeGreaterThanOrEqual(2);
  await expect(runs()).toHaveCount(2);
  await studio.page.reload();
  await studio.expectStage('sft', 'interrupted');
  await expect(studio.stage('sft')).toContainText(/Interrupted at step \d+/);
  await studio.expectStage('merge', 'blocked');
  await expect(current().getByTestId('run-state')).toContainText(/SFT interrupted at step [1-9]/);
  await expect(studio.get('save-teacher-adapter')).toHaveCount(0);
});

test('name and note are changed, and stay', async () => {
  // Until all that is kept has been read, the page's own run is the only one listed.
  await expect(runs()).toHaveCount(2);
  const first = runs().last();
  await first.getByTestId('run-rename').click();
  await first.getByTestId('run-name-field').fill('two epochs <b>');
  await first.getByTestId('run-name-field').press('Enter');
  await first.getByTestId('run-note-edit').click();
  await first.getByTestId('run-note-field').fill('the first one');
  await first.getByTestId('run-note-keep').click();
  await expect(first.getByTestId('run-note')).toHaveText('the first one');
  await studio.page.reload();
  await studio.expectStage('sft', 'interrupted');
  await expect(runs()).toHaveCount(2);
  await expect(runs().last().getByTestId('run-name')).toHaveText('two epochs <b>');
  await expect(runs().last().getByTestId('run-note')).toHaveText('the first one');
});

test('two runs are compared: what differs, with the accuracies', async () => {
  for (const run of await runs().all()) await run.getByTestId('run-choose').check();
  const table = studio.get('runs-compare');
  await expect(table.locator('[data-path="sft.epochs"]')).toContainText('300');
  await expect(table.locator('[data-path="sft.epochs"] td').nth(1)).toHaveText('2');
  await expect(table.locator('[data-path="lora.rank"]')).toHaveCount(0);
  await expect(table.locator('[data-subject="teacher-sft"]')).toContainText('n=3');
  for (const run of await runs().all()) await run.getByTestId('run-choose').uncheck();
  await expect(table).toHaveCount(0);
});

test('an old run is opened beside the page, which stays what it is', async () => {
  await runs().last().getByTestId('run-open').click();
  const page = studio.page.frameLocator('[data-testid=run-report-page]');
  await expect(page.locator('h1')).toHaveText('two epochs <b>');
  await expect(page.locator('body')).toContainText('Teacher, merged');
  await studio.get('run-dialog-close').click();
  await expect(studio.get('run-dialog')).toHaveCount(0);
  await studio.expectStage('sft', 'interrupted');
});

test('the report is one file that asks the network for nothing', async ({ browser }) => {
  const download = await downloaded(studio.page, () => runs().last().getByTestId('run-report').click());
  expect(download.suggestedFilename()).toBe('two epochs -b-.html');
  const context = await browser.newContext({ locale: 'en-US', colorScheme: 'dark' });
  const page = await context.newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const address = `file://${await download.path()}`;
  await page.setContent(readFileSync(await download.path(), 'utf8'));
  await expect(page.locator('h1')).toHaveText('two epochs <b>');
  await expect(page.locator('svg polyline')).not.toHaveCount(0);
  await expect(page.locator('tr.changed').filter({ hasText: 'Epochs' }).first()).toContainText('2');
  await expect(page.getByText('the first one')).toBeVisible();
  expect(asked.filter((url) => url !== address)).toEqual([]);
  await context.close();
});

async function downloaded(page: Page, click: () => Promise<void>): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent('download'), click()]);
  return download;
}

test('everything goes into a zip: streamed into a picked file, downloaded where none can be picked', async () => {
  const { page } = studio;
  await page.evaluate(() => Object.assign(window, { showSaveFilePicker: undefined }));
  const download = await downloaded(page, () => runs().last().getByTestId('run-zip').click());
  expect(download.suggestedFilename()).toBe('two epochs -b-.zip');
  const files = unzipped(readFileSync(await download.path()));
  const names = [...files.keys()];
  for (const name of ['report.html', 'run.json', 'recipe.json', 'metrics.jsonl', 'evaluations.jsonl'])
    expect(names).toContain(name);
  for (const artifact of ['teacher-adapter', 'student-adapter'])
    expect(names).toContain(`${artifact}/adapter_model.safetensors`);
  const steps = (files.get('metrics.jsonl') ?? '')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(steps.map(({ stage, step }) => `${stage} ${step}`).slice(0, 4)).toEqual(['sft 1', 'sft 2', 'sft 3', 'sft 4']);
  expect(JSON.parse(files.get('recipe.json') ?? '')).toMatchObject({
    train: 'short.jsonl',
    recipe: { sft: { epochs: 2 } },
  });
  expect(files.get(names.find((name) => name.includes('teacher-sft')) ?? '')).toMatch(/^输入：[\s\S]*准确率：/);

  await page.evaluate(() =>
    Object.assign(window, {
      showSaveFilePicker: async () =>
        (await navigator.storage.getDirectory()).getFileHandle('picked.zip', { create: true }),
    }),
  );
  await runs().last().getByTestId('run-zip').click();
  await expect(runs().last()).toContainText('written to picked.zip');
  const size = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    return (await (await root.getFileHandle('picked.zip')).getFile()).size;
  });
  expect(size).toBe(readFileSync(await download.path()).length);
});

test('settings are saved under a name, used again, and deleted', async () => {
  await studio.get('open-recipe').click();
  await studio.get('recipe-name').fill('long');
  await studio.get('recipe-save').click();
  await expect(studio.get('saved-recipe')).toContainText('long');
  await studio.page.keyboard.press('Escape');
  await studio.setField('sft.epochs', 1);
  await expect.poll(() => keptEpochs(studio.page)).toBe(1);
  await studio.page.reload();
  await studio.expectStage('sft', 'interrupted');
  await expect(studio.get('field-sft.epochs')).toHaveValue('1');
  await studio.get('open-recipe').click();
  await studio.get('recipe-apply').click();
  await expect(studio.get('field-sft.epochs')).toHaveValue('300');
  studio.page.once('dialog', (dialog) => dialog.accept());
  await studio.get('recipe-delete').click();
  await expect(studio.get('saved-recipe')).toHaveCount(0);
  await studio.page.keyboard.press('Escape');
});

test('a second tab starts afresh, and does not touch the run of the first', async () => {
  const other = await studio.page.context().newPage();
  await other.goto('./');
  await expect(other.getByTestId('stage-sft')).toHaveAttribute('data-state', 'idle');
  await expect(other.locator('[data-testid=run][data-current=true]')).toHaveCount(0);
  await expect(other.getByTestId('runs')).toContainText('in another tab');
  await other.close();
});

test('a run is deleted with its adapters, when the person agrees', async () => {
  const asked: string[] = [];
  let agrees = false;
  studio.page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    return agrees ? dialog.accept() : dialog.dismiss();
  });
  const first = runs().filter({ hasText: 'two epochs' });
  await first.getByTestId('run-delete').click();
  await expect(first).toHaveCount(1);
  agrees = true;
  await first.getByTestId('run-delete').click();
  await expect(first).toHaveCount(0);
  expect(asked[0]).toContain('cannot be undone');
  await expect.poll(() => adapterFiles(studio.page)).toEqual([]);
  // As a crash leaves it: files, and no record that names them.
  await studio.page.evaluate(async () => {
    const all = await (await navigator.storage.getDirectory()).getDirectoryHandle('runs', { create: true });
    const adapter = await (await all.getDirectoryHandle('gone', { create: true })).getDirectoryHandle(
      'teacher-adapter',
      {
        create: true,
      },
    );
    await adapter.getFileHandle('adapter_config.json', { create: true });
  });
  expect(await adapterFiles(studio.page)).toHaveLength(1);
  await studio.page.reload();
  await expect.poll(() => adapterFiles(studio.page)).toEqual([]);
  await studio.expectStage('sft', 'interrupted');
  await expect(runs()).toHaveCount(1);
});

test('without storage the page says so once, and works', async ({ browser, baseURL }) => {
  const private_ = await openStudio(browser, baseURL, async (page) => {
    await page.addInitScript(() => {
      indexedDB.open = () => {
        throw new DOMException('blocked here', 'SecurityError');
      };
    });
  });
  await expect(private_.get('notice').locator('li')).toHaveAttribute('data-code', 'runs-unavailable');
  await private_.drop('test', 'few.jsonl', sumRows(range(2700, 2)));
  await private_.run('baseline');
  await expect(private_.get('notice').locator('li')).toHaveCount(1);
  await private_.page.context().close();
});
