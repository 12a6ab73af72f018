/** Results into a folder and into the downloads, adapters in, recipes out and in: clicked as a person would, on one page. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { entriesOf } from '../support/zip';
import { openFewRows } from './fewRows';
import { openStudio, type Studio } from './studio';
import { test } from './watched';

test.describe.configure({ mode: 'serial' });

let studio: Studio;
/** Files of the adapter that was downloaded. */
const adapter = mkdtempSync(join(tmpdir(), 'adapter-'));

/** The page's own storage stands for the folder that a person picks: it is the same kind of handle. */
async function pickerGives(page: Page, what: 'folder' | 'denied' | 'closed' | 'no picker'): Promise<void> {
  await page.evaluate((answer) => {
    const refuse = (name: string) => () => Promise.reject(new DOMException('not for you', name));
    const pickers: Record<string, unknown> = {
      folder: async () => (await navigator.storage.getDirectory()).getDirectoryHandle('picked', { create: true }),
      denied: refuse('SecurityError'),
      closed: refuse('AbortError'),
      'no picker': undefined,
    };
    Object.assign(window, { showDirectoryPicker: pickers[answer], showSaveFilePicker: undefined });
  }, what);
}

/** Name → bytes of what was written, and the first bytes of one file as text. */
function picked(page: Page, folder: string): Promise<Record<string, number>> {
  return page.evaluate(async (name) => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('picked');
    const sizes: Record<string, number> = {};
    const entries = await root.getDirectoryHandle(name);
    for await (const [file, handle] of entries.entries()) {
      if (handle.kind === 'file') sizes[file] = (await (handle as FileSystemFileHandle).getFile()).size;
    }
    return sizes;
  }, folder);
}

test.beforeAll(async ({ browser, baseURL }) => {
  studio = await openStudio(browser, baseURL);
  await openFewRows(studio);
});

test.afterAll(async () => {
  await studio.page.context().close();
});

test('an adapter is downloaded as one zip where folders cannot be picked', async () => {
  await studio.run('sft');
  await pickerGives(studio.page, 'no picker');
  const [download] = await Promise.all([studio.page.waitForEvent('download'), studio.click('save-teacher-adapter')]);
  await expect(studio.get('saved-teacher-adapter')).toContainText(/\d+ files in teacher-adapter\.zip/);
  expect(download.suggestedFilename()).toBe('teacher-adapter.zip');
  const path = join(adapter, 'teacher-adapter.zip');
  await download.saveAs(path);
  for (const [name, bytes] of entriesOf(readFileSync(path))) writeFileSync(join(adapter, basename(name)), bytes);
  rmSync(path);
  const config = JSON.parse(readFileSync(join(adapter, 'adapter_config.json'), 'utf8'));
  expect(config).toMatchObject({ peft_type: 'LORA', r: 8, lora_alpha: 16, lora_dropout: 0.1 });
  const header = readFileSync(join(adapter, 'adapter_model.safetensors'));
  const names = Object.keys(JSON.parse(header.toString('utf8', 8, 8 + header.readUInt32LE(0))));
  expect(names).toContain('base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight');
});

test('merging is reported, and the merged model goes into a folder in files of the chosen size', async () => {
  await studio.run('merge');
  await expect(studio.get('merge-moved')).toContainText(/Weights moved by 0\.\d+%/);
  const report = studio.get('merge-report');
  await expect(report).toContainText(/q_proj\s*0\.\d+%/);
  expect(Number(await report.getAttribute('data-rounding'))).toBeLessThan(0.501);
  const logits = studio.get('merge-logits');
  expect(Number(await logits.getAttribute('data-gap'))).toBeGreaterThan(0);
  await pickerGives(studio.page, 'folder');
  await (await studio.reveal('shard-merge')).fill('0');
  await expect(studio.stage('merge')).toContainText('at least 1');
  await (await studio.reveal('shard-merge')).fill('1');
  await studio.click('save-teacher-merged');
  await expect(studio.get('saved-teacher-merged')).toHaveAttribute('data-folder', 'teacher-merged');
  const files = await picked(studio.page, 'teacher-merged');
  const shards = Object.keys(files).filter((name) => name.endsWith('.safetensors'));
  expect(shards.length).toBeGreaterThan(1);
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors.index.json']) {
    expect(files[name], name).toBeGreaterThan(0);
  }
  // A second one stands beside the first.
  await studio.click('save-teacher-merged');
  await expect(studio.get('saved-teacher-merged')).toHaveAttribute('data-folder', 'teacher-merged-2');
});

test('a picker that was closed does nothing; one that refuses is said, and the result stays', async () => {
  await pickerGives(studio.page, 'closed');
  await studio.click('save-teacher-merged');
  await expect(studio.get('notice')).toHaveCount(0);
  await pickerGives(studio.page, 'denied');
  await studio.click('save-teacher-merged');
  await expect(studio.get('notice')).toContainText('no permission');
  await studio.get('notice').getByRole('button').click();
  await expect(studio.get('save-teacher-merged')).toBeEnabled();
});

test('every artefact has its button: adapter and model of the student, adapter of the control run', async () => {
  await studio.run('distill');
  await studio.run('control');
  await pickerGives(studio.page, 'folder');
  for (const artifact of ['student-adapter', 'student-distilled', 'control-adapter']) {
    await studio.get(`save-${artifact}`).click();
    await expect(studio.get(`saved-${artifact}`)).toHaveAttribute('data-folder', artifact);
  }
  expect(Object.keys(await picked(studio.page, 'control-adapter')).sort()).toEqual([
    ...['README.md', 'adapter_config.json', 'adapter_model.safetensors', 'evaluations.csv'],
    ...['metrics.jsonl', 'recipe.json', 'run.json'],
  ]);
});

test('an adapter is opened, counts as SFT, merges without training, and is removed again', async () => {
  const answers: string[] = [];
  studio.page.on('dialog', (dialog) => {
    answers.push(dialog.message());
    dialog.accept();
  });
  await studio.get('adapter-folder-teacher').setInputFiles(adapter);
  const slot = studio.get('adapter-teacher');
  await expect(slot).toContainText('rank 8 · alpha 16');
  await expect(slot).toContainText('q_proj');
  expect(answers[0]).toContain('SFT');
  await expect(studio.get('lora-from-adapter')).toContainText('Teacher');
  await studio.expectStage('sft', 'idle');
  await studio.expectStage('merge', 'idle');
  await studio.run('merge');
  await expect(studio.get('merge-unchanged')).toHaveAttribute('data-rows', '3');
  await studio.click('adapter-remove-teacher');
  await expect(slot).not.toContainText('rank 8');
  await studio.expectStage('merge', 'blocked');
});

test('the two files do as well; files of another kind are refused in words', async () => {
  const files = ['adapter_config.json', 'adapter_model.safetensors'].map((name) => join(adapter, name));
  await studio.get('adapter-files-teacher').setInputFiles(files);
  await expect(studio.get('adapter-teacher')).toContainText('rank 8');
  const config = JSON.parse(readFileSync(files[0]!, 'utf8'));
  writeFileSync(files[0]!, JSON.stringify({ ...config, use_dora: true }));
  await studio.get('adapter-files-teacher').setInputFiles(files);
  await expect(studio.get('notice')).toContainText('use_dora');
  await studio.get('notice').getByRole('button').click();
  // What was there before stays.
  await expect(studio.get('adapter-teacher')).toContainText('rank 8');
});

test('a recipe goes out with names where paths belong, and comes in again; a wrong one changes nothing', async () => {
  await studio.setField('sft.batchSize', 4);
  await studio.get('open-recipe').click();
  const [download] = await Promise.all([studio.page.waitForEvent('download'), studio.get('export-recipe').click()]);
  await studio.page.keyboard.press('Escape');
  const path = join(adapter, 'recipe.json');
  await download.saveAs(path);
  const document = JSON.parse(readFileSync(path, 'utf8'));
  expect(document).toMatchObject({
    version: 1,
    teacher: 'teacher',
    train: 'few.jsonl',
    recipe: { sft: { batchSize: 4 } },
  });
  const schema = await studio.page.request.get(document.$schema);
  expect((await schema.json()).properties.recipe.properties.sft.properties.batchSize.default).toBe(8);
  await studio.setField('sft.batchSize', 2);
  await studio.get('open-recipe').click();
  await studio.get('import-recipe').setInputFiles(path);
  await expect(studio.get('recipe-taken')).toContainText('recipe.json');
  await expect(studio.get('field-sft.batchSize')).toHaveValue('4');
  writeFileSync(path, JSON.stringify({ ...document, recipe: { sft: { batchSize: 0 }, seed: 1.5 } }));
  await studio.get('open-recipe').click();
  await studio.get('import-recipe').setInputFiles(path);
  await expect(studio.get('notice')).toContainText(/seed.*sft\.batchSize/);
  await expect(studio.get('field-sft.batchSize')).toHaveValue('4');
});

test('a recipe dropped on the page is imported', async () => {
  const dataTransfer = await studio.page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['{"seed": 77}'], 'dropped.json', { type: 'application/json' }));
    return data;
  });
  await studio.page.locator('footer').dispatchEvent('drop', { dataTransfer });
  await expect(studio.get('recipe-taken')).toContainText('dropped.json');
  await expect(studio.get('field-seed')).toHaveValue('77');
});
