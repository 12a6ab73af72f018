/** A run that was taken home on one computer is opened on another: a fresh page has nothing but the folder and the rows. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Browser, expect } from '@playwright/test';
import { entriesOf } from '../support/zip';
import { range, sumRows } from './rows';
import { openStudio, type Studio } from './studio';
import { test } from './watched';

test.describe.configure({ mode: 'serial' });

const home = mkdtempSync(join(tmpdir(), 'run-'));
let told: { sft: unknown; merged: unknown; answers: unknown };

async function freshStudio(browser: Browser, baseURL: string | undefined): Promise<Studio> {
  const studio = await openStudio(browser, baseURL);
  await studio.pick('test', 'short-test.jsonl', sumRows(range(2007, 3, 53)));
  await studio.expectRows('test', 3);
  await studio.drop('train', 'short.jsonl', sumRows(range(2000, 16, 13)));
  await studio.expectRows('train', 16);
  return studio;
}

test('a run is taken home', async ({ browser, baseURL }) => {
  const studio = await freshStudio(browser, baseURL);
  await studio.setField('evaluation.everySteps', 0);
  await studio.setField('evaluation.maxNewTokens', 8);
  await studio.setField('sft.warmupSteps', 0);
  await studio.run('sft');
  await studio.run('merge');
  told = {
    sft: await studio.accuracy('teacher-sft'),
    merged: await studio.answers('teacher-merged'),
    answers: await studio.answers('teacher-sft'),
  };
  await studio.page.evaluate(() => Object.assign(window, { showSaveFilePicker: undefined }));
  const [download] = await Promise.all([studio.page.waitForEvent('download'), studio.click('run-zip')]);
  for (const [name, bytes] of entriesOf(readFileSync(await download.path()))) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), bytes);
  }
  await studio.page.context().close();
});

test('a page without the rows takes the adapter to start from; one with them goes on with the run', async ({
  browser,
  baseURL,
}) => {
  const other = await openStudio(browser, baseURL);
  await other.get('run-folder').setInputFiles(home);
  await expect(other.get('run-opened')).toContainText('is in the list now');
  await expect(other.get('adapter-teacher')).toContainText('rank 8');
  await other.expectStage('sft', 'idle');
  await other.page.context().close();

  const studio = await freshStudio(browser, baseURL);
  await studio.get('run-folder').setInputFiles(home);
  await expect(studio.get('run-opened')).toContainText('goes on with it');
  await studio.expectStage('sft', 'done');
  await studio.expectStage('merge', 'past');
  await expect(studio.get('run')).toHaveCount(1);
  await expect(studio.get('loss-chart')).toHaveAttribute('data-loss-points', '2');
  await expect(studio.get('field-sft.warmupSteps')).toHaveValue('0');
  expect(await studio.accuracy('teacher-sft')).toEqual(told.sft);
  expect(await studio.answers('teacher-sft')).toEqual(told.answers);
  // The adapter is the same: merged again, it says the same.
  await studio.run('merge');
  expect(await studio.answers('teacher-merged')).toEqual(told.merged);
  await expect(studio.get('notice')).toHaveCount(0);
  // Opened again it is not doubled; a damaged one is said.
  await studio.get('run-folder').setInputFiles(home);
  await expect(studio.get('run-opened')).toContainText('already');
  await expect(studio.get('run')).toHaveCount(1);
  writeFileSync(join(home, 'metrics.jsonl'), '{"stage": ');
  await studio.get('run-folder').setInputFiles(home);
  await expect(studio.get('notice')).toContainText('line 1 of metrics.jsonl is damaged');
  await studio.expectStage('sft', 'done');
  // Kept like any other: a page that is loaded again goes on with it.
  await studio.page.reload();
  await studio.expectStage('sft', 'done');
  await expect(studio.get('run')).toHaveCount(1);
  await studio.page.context().close();
});
