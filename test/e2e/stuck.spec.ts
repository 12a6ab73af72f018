/** A tokenizer that never comes back: the page goes on, ends the engine, and says whose tokenizer it was. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { range, sumRows } from './rows';
import { openStudio } from './studio';
import { test } from './watched';

const folder = mkdtempSync(join(tmpdir(), 'stuck-'));

test.afterAll(() => rmSync(folder, { recursive: true }));

/** The demo teacher, whose tokenizer needs 2 to the power of n steps for n letters a that something else follows. */
function endlessModel(): string {
  const model = join(folder, 'endless');
  cpSync('public/models/teacher', model, { recursive: true });
  const path = join(model, 'tokenizer.json');
  const tokenizer = JSON.parse(readFileSync(path, 'utf8'));
  const split = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false };
  const pretokenizers = [split, tokenizer.pre_tokenizer];
  writeFileSync(path, JSON.stringify({ ...tokenizer, pre_tokenizer: { type: 'Sequence', pretokenizers } }));
  return model;
}

test('hangs no page: its engine is ended and opened again without that model', async ({ browser, baseURL }) => {
  const studio = await openStudio(browser, baseURL);
  await studio.drop('test', 'few.jsonl', sumRows(range(2700, 2)));
  const teacher = studio.get('model-teacher');
  await (await studio.reveal('folder-teacher')).setInputFiles(endlessModel());
  await expect(teacher).toContainText('endless');
  await expect(teacher).toHaveAttribute('aria-busy', 'false');
  // Rows that do no harm are read by it as by any other.
  await studio.run('baseline');

  const row = JSON.stringify({ instruction: `${'a'.repeat(200)}b`, input: '', output: '1' });
  await studio.drop('test', 'harmful.jsonl', `${row}\n`);
  await studio.click('run-baseline');
  // While its worker is lost in the expression, the page does what a person asks of it.
  await studio.look('log');
  await studio.click('tab-train');
  await studio.expectRows('train', 2700);
  const notice = studio.get('notice').locator('[data-code=tokenizer-stuck]');
  await expect(notice).toContainText('“endless” did not come back within 11 seconds', { timeout: 120_000 });

  await studio.get('restart').click();
  await expect(teacher).toContainText('Not loaded.');
  await studio.click('demo-teacher');
  // The rows did no harm: another tokenizer reads them.
  await studio.expectRows('test', 1);
  await studio.run('baseline');
  await studio.page.context().close();
});
