/** The last station: a model written in the forms that other programs read, listed, taken as a zip, deleted. */
import { readFileSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@playwright/test';
import { entriesOf } from '../support/zip';
import { openFewRows } from './fewRows';
import { openStudio, type Studio } from './studio';
import { test } from './watched';

test.describe.configure({ mode: 'serial' });

let studio: Studio;

test.beforeAll(async ({ browser, baseURL }) => {
  studio = await openStudio(browser, baseURL);
  await openFewRows(studio);
});

test.afterAll(async () => {
  await studio.page.context().close();
});

test('before there is a model, the station says where one comes from', async () => {
  await studio.click('station-takeHome');
  await expect(studio.get('export-nothing')).toBeVisible();
  await expect(studio.get('station-takeHome')).toHaveAttribute('data-state', 'blocked');
});

test('a model is written into the browser under its name, and listed with what is in it', async () => {
  await studio.run('sft');
  await studio.run('merge');
  await studio.click('station-takeHome');
  await expect(studio.get('export-name')).toHaveValue('teacher-merged');
  await studio.get('export-name').fill('../sums');
  await expect(studio.get('at-takeHome').getByRole('alert')).toBeVisible();
  await expect(studio.get('export')).toBeDisabled();
  await studio.get('export-name').fill('sums');
  for (const form of ['onnx-fp32', 'onnx-q4', 'gguf-q8_0']) await studio.get(`export-form-${form}`).check();
  await studio.get('check-after').uncheck();
  await studio.get('export').click();
  const exported = studio.get('exported');
  await expect(exported).toHaveAttribute('data-name', 'sums');
  const files = [
    ...['README.md', 'config.json', 'model.safetensors', 'sums-Q8_0.gguf', 'run.json', 'recipe.json', 'metrics.jsonl'],
    ...['onnx/model.onnx', 'onnx/model.onnx_data', 'onnx/model_fp16.onnx', 'onnx/model_q4.onnx'],
    ...['runs/sft/trainer_state.json', 'runs/sft/metrics.csv'],
  ];
  for (const file of files) await expect(exported).toContainText(file);
  await expect(studio.get('station-takeHome')).toHaveAttribute('data-state', 'done');
  const axe = await new AxeBuilder({ page: studio.page }).include('[data-testid=at-takeHome]').analyze();
  expect(axe.violations.map(({ id }) => id)).toEqual([]);
});

test('it is taken from there as a zip, whole', async () => {
  await studio.page.evaluate(() => Object.assign(window, { showSaveFilePicker: undefined }));
  const [download] = await Promise.all([studio.page.waitForEvent('download'), studio.get('export-zip').click()]);
  expect(download.suggestedFilename()).toBe('sums.zip');
  await expect(studio.get('zipped')).toContainText('in sums.zip');
  const entries = entriesOf(readFileSync(await download.path()));
  const safetensors = entries.get('sums/model.safetensors')!;
  const header = JSON.parse(safetensors.toString('utf8', 8, 8 + safetensors.readUInt32LE(0)));
  expect(header['model.embed_tokens.weight'].dtype).toBe('BF16');
  expect(JSON.parse(entries.get('sums/config.json')!.toString())).toMatchObject({
    model_type: 'qwen2',
    'transformers.js_config': {
      use_external_data_format: { 'model.onnx': 1, 'model_fp16.onnx': 1, 'model_q4.onnx': 1 },
    },
  });
  const card = entries.get('sums/README.md')!.toString();
  expect(card).toMatch(/^---\n[\s\S]*library_name: transformers\n[\s\S]*\n---\n/);
  expect(card).toContain('sums-Q8_0.gguf');
});

test('a zip that is being written says how far it is, and leaves nothing when it is stopped', async () => {
  await studio.page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    await root.getFileHandle('picked.zip', { create: true });
    // Takes nothing before it is released: the zip waits for its disk.
    const disk = new Promise<void>((release) => Object.assign(window, { release }));
    const picked = {
      name: 'picked.zip',
      createWritable: async () => new WritableStream({ write: () => disk }),
      remove: () => root.removeEntry('picked.zip'),
    };
    Object.assign(window, { showSaveFilePicker: async () => picked });
  });
  await studio.get('export-zip').click();
  await expect(studio.get('zipping')).toContainText(/ \/ [\d.]+ MiB/);
  await expect(studio.get('export-zip')).toBeDisabled();
  await studio.get('zipping-stop').click();
  await studio.page.evaluate('release()');
  await expect(studio.get('zipping')).toHaveCount(0);
  await expect(studio.get('zipped')).toHaveCount(0);
  await expect(studio.get('export-zip')).toBeEnabled();
  await expect(studio.get('notice')).toHaveCount(0);
  const left = await studio.page.evaluate(async () => {
    const names: string[] = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
    return names;
  });
  expect(left).not.toContain('picked.zip');
});

test('it is still there at the next visit, and gone when it is deleted', async () => {
  await studio.page.reload();
  await studio.click('station-takeHome');
  await expect(studio.get('exported')).toHaveAttribute('data-name', 'sums');
  studio.page.once('dialog', (dialog) => dialog.accept());
  await studio.get('export-delete').click();
  await expect(studio.get('exported')).toHaveCount(0);
});
