/** A training that the end of its page interrupted is offered at its checkpoint, and ends as one that was not interrupted. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { openFewRows } from './fewRows';
import { openStudio, type Stage, type Studio } from './studio';
import { test } from './watched';

test.describe.configure({ mode: 'serial' });

const STEPS = 16;
let studio: Studio;
let whole: string;
const folder = mkdtempSync(join(tmpdir(), 'resume-'));

test.beforeAll(async ({ browser, baseURL }) => {
  studio = await openStudio(browser, baseURL);
  await openFewRows(studio);
  // Two steps an epoch, and the teacher's states of the first for all that follow.
  for (const stage of ['sft', 'distill']) await studio.setField(`${stage}.epochs`, STEPS / 2);
  await studio.setField('checkpoints.everyMinutes', 0);
  await studio.setField('checkpoints.everySteps', 3);
});

test.afterAll(async () => {
  await studio.page.context().close();
  rmSync(folder, { recursive: true });
});

/** All values of an adapter that the page has kept of its newest run. */
function adapterOf(page: Page, artifact: string): Promise<string> {
  return page.evaluate(async (name) => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('runs');
    const found: { changed: number; text: string }[] = [];
    for await (const run of root.values()) {
      for await (const [folder, handle] of (run as FileSystemDirectoryHandle).entries()) {
        if (!folder.startsWith(name)) continue;
        const file = await (handle as FileSystemDirectoryHandle).getFileHandle('adapter_model.safetensors');
        const data = await file.getFile();
        const digest = await crypto.subtle.digest('SHA-256', await data.arrayBuffer());
        found.push({ changed: data.lastModified, text: [...new Uint8Array(digest)].join() });
      }
    }
    return found.sort((a, b) => b.changed - a.changed)[0]?.text ?? '';
  }, artifact);
}

/** Starts a stage, and leaves the page once it has a checkpoint and some steps behind it. */
async function interrupt(stage: Stage): Promise<number> {
  await studio.click(`run-${stage}`);
  await expect(studio.get('kept-checkpoint')).toHaveCount(1, { timeout: 120_000 });
  const at = Number(await studio.get('kept-checkpoint').getAttribute('data-step'));
  await studio.page.reload();
  await studio.expectStage(stage, 'interrupted');
  return at;
}

test('SFT goes on behind its checkpoint after the page was loaded again, to the same bits', async () => {
  await studio.run('sft');
  whole = await adapterOf(studio.page, 'teacher-adapter');
  await expect(studio.get('kept-checkpoint')).toHaveCount(0);
  await expect(studio.get('go-on-sft')).toHaveCount(0);
  const at = await interrupt('sft');
  expect(at).toBeGreaterThan(0);
  const goOn = studio.get('go-on-sft');
  await expect(goOn).toHaveAttribute('data-step', /\d+/);
  const from = Number(await goOn.getAttribute('data-step'));
  expect(from).toBeGreaterThanOrEqual(at);
  expect(from).toBeLessThan(STEPS);
  await expect(studio.get('phase')).toContainText(`go on from step ${from} of ${STEPS}`);
  const runs = await studio.get('runs').getAttribute('data-runs');
  await goOn.click();
  await studio.finished('sft', 5 * 60_000);
  await expect(studio.get('loss-chart')).toHaveAttribute('data-loss-points', String(STEPS));
  expect(await studio.get('runs').getAttribute('data-runs'), 'it is the same run').toBe(runs);
  expect(await adapterOf(studio.page, 'teacher-adapter')).toBe(whole);
  await expect(studio.get('kept-checkpoint')).toHaveCount(0);
});

test('distillation merges its teacher again first', async () => {
  await studio.run('merge');
  await studio.run('distill', 120_000);
  whole = await adapterOf(studio.page, 'student-adapter');
  await interrupt('distill');
  await studio.expectStage('merge', 'past');
  await expect(studio.stage('distill')).toContainText('merged again first');
  await studio.click('go-on-distill');
  await studio.finished('distill', 5 * 60_000);
  await studio.expectStage('merge', 'done');
  expect(await adapterOf(studio.page, 'student-adapter')).toBe(whole);
});

test('a stop keeps a checkpoint as a file, which goes on in another browser, with what it was made of alone', async ({
  browser,
  baseURL,
}) => {
  await studio.click('run-sft');
  await expect(studio.get('step')).toContainText(/^[4-9]/);
  await studio.stop();
  await studio.expectStage('sft', 'stopped');
  const downloading = studio.page.waitForEvent('download');
  await studio.get('save-checkpoint').click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^sft-step-\d+\.safetensors$/);
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);

  const other = await openStudio(browser, baseURL);
  await other.get('open-checkpoint').setInputFiles(path);
  await expect(other.get('notice').locator('li')).toHaveAttribute('data-code', 'checkpoint-rows');
  await openFewRows(other);
  const damaged = readFileSync(path);
  damaged[damaged.length - 1000]! ^= 1;
  await other.get('open-checkpoint').setInputFiles({ name: 'damaged.safetensors', mimeType: '', buffer: damaged });
  await expect(other.get('notice')).toContainText('was changed or damaged');
  // In the folder of a job without a window, killed in its first stage: it is offered with the folder.
  const job = join(folder, 'job');
  mkdirSync(join(job, 'checkpoints/sft'), { recursive: true });
  copyFileSync(path, join(job, 'checkpoints/sft/a.safetensors'));
  await other.get('run-folder').setInputFiles(job);
  await other.get('go-on-there').click();
  await other.finished('sft', 5 * 60_000);
  await expect(other.get('notice').locator('[data-code=run-checkpoint]')).toHaveCount(0);
  await expect(other.get('loss-chart')).toHaveAttribute('data-loss-points', String(STEPS));
  await studio.click('go-on-sft');
  await studio.finished('sft', 5 * 60_000);
  expect(await adapterOf(other.page, 'teacher-adapter')).toBe(await adapterOf(studio.page, 'teacher-adapter'));
  await other.page.context().close();
});

test('a full disk: the training goes on, what takes room is shown, and a checkpoint is written once there is some', async () => {
  const { page } = studio;
  await studio.setField('checkpoints.everySteps', 1);
  const cdp = await page.context().newCDPSession(page);
  const limit = (quotaSize?: number) =>
    cdp.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, ...(quotaSize && { quotaSize }) });
  // Room for the run and its curves, and none for the files of a checkpoint.
  const used = await page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
  await limit(used + 200_000);
  await studio.click('run-sft');
  const notice = studio.get('notice').locator('[data-code=checkpoint-full]');
  await expect(notice).toBeVisible();
  await notice.getByTestId('show-room').click();
  await expect(studio.get('room')).toContainText('A training goes on meanwhile');
  await studio.get('room-pause').click();
  await studio.expectStage('sft', 'paused');
  await expect(studio.get('kept-checkpoint')).toHaveCount(0);
  page.on('dialog', (dialog) => dialog.accept());
  const items = studio.get('room-item');
  const before = await items.count();
  expect(before).toBeGreaterThan(0);
  await items.getByTestId('room-delete').and(page.locator(':enabled')).first().click();
  await expect(items).toHaveCount(before - 1);
  await page.keyboard.press('Escape');
  await limit();
  await studio.click('resume');
  await expect(studio.get('kept-checkpoint')).toHaveCount(1);
  await studio.finished('sft', 5 * 60_000);
});
