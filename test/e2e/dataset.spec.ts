/** Rows that can be trusted: divided where there are no test rows, looked at token by token, changed, taken home. */
import { readFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect } from '@playwright/test';
import { range, sumRows } from './rows';
import { openStudio, type Studio } from './studio';
import { longestTask } from './tasks';
import { test } from './watched';

let studio: Studio;

test.beforeAll(async ({ browser, baseURL }) => {
  studio = await openStudio(browser, baseURL);
});

test.afterAll(async () => {
  await studio.page.context().close();
});

const rowAt = (row: number) => studio.get('rows-table').locator(`[data-row="${row}"]`);

test('own rows without test rows are divided, which is said, changed and undone', async () => {
  await studio.drop('train', 'mine.jsonl', sumRows(range(2000, 40)));
  const note = studio.get('division');
  await expect(note).toContainText('4 of your 40 rows');
  await studio.expectRows('train', 36);
  await studio.get('test-share').fill('25');
  await studio.get('test-share').press('Enter');
  await expect(note).toContainText('10 of your 40 rows');
  await studio.expectRows('train', 30);
  await studio.get('undo-division').click();
  await expect(note).toContainText('demo’s');
  await studio.expectRows('train', 40);
  await studio.get('divide').click();
  await studio.expectRows('train', 36);
  await studio.get('open-test-instead').setInputFiles({
    ...{ name: 'held.jsonl', mimeType: '' },
    buffer: Buffer.from(sumRows(range(500, 3))),
  });
  await expect(note).toHaveCount(0);
  await studio.click('tab-train');
  await studio.expectRows('train', 40);
});

test('a row is seen as it is trained, under the rules of the recipe', async () => {
  await rowAt(0).click();
  const tokens = studio.get('row-tokens');
  await expect(tokens).toContainText('<|im_start|>');
  const labels = Number(await tokens.getAttribute('data-labels'));
  await expect(tokens.locator('.token.kind-label')).toHaveCount(labels);
  await expect(tokens.locator('.token.kind-label').last()).toHaveText('<|im_end|>');
  await tokens.locator('.tokens').focus();
  await studio.page.keyboard.press('ArrowRight');
  await expect(studio.get('token-read')).toContainText(/Token 2 of \d+ · number \d+ · "system"/);
  await studio.setField('preset', 'seed-exact');
  await studio.click('tab-train');
  await expect(tokens).toHaveAttribute('data-labels', '20');
  await expect(tokens.locator('.token.kind-filling-label').first()).toBeVisible();
  await studio.setField('preset', 'clean');
});

test('rows that repeat or contradict each other are counted, shown alone and deleted; all of it can be undone', async () => {
  const rows = sumRows(range(2000, 20));
  const [first = ''] = rows.split('\n');
  const other = JSON.stringify({ ...JSON.parse(first), output: 'no' });
  await studio.drop('train', 'twins.jsonl', `${rows}${first}\n${other}\n`);
  await expect(studio.get('filter-repeats')).toHaveAttribute('data-count', '1');
  await expect(studio.get('filter-contradicts')).toHaveAttribute('data-count', '3');
  await studio.get('filter-repeats').click();
  await expect(studio.get('rows-table')).toHaveAttribute('data-rows', '1');
  await rowAt(0).click();
  await expect(studio.get('row-inspector')).toContainText('Line 1 has the same question and answer');
  await studio.get('delete-shown').click();
  await studio.expectRows('train', 21);
  await expect(studio.get('filter-repeats')).toHaveAttribute('data-count', '0');
  await studio.get('undo-edit').click();
  await studio.expectRows('train', 22);
  await studio.get('redo-edit').click();
  await studio.expectRows('train', 21);
  await studio.get('filter-repeats').click();
});

test('a row is changed with its answer checked, found by its new text, and exported', async () => {
  await studio.get('search-rows').fill('2005');
  await expect(studio.get('rows-table')).toHaveAttribute('data-rows', '1');
  await rowAt(0).click();
  await studio.get('edit-row').click();
  await studio.get('edit-assistant').fill(' ');
  await expect(studio.get('save-row')).toBeDisabled();
  await studio.get('edit-assistant').fill('changed by hand');
  await studio.get('save-row').click();
  await expect(studio.get('row-tokens')).toContainText('changed·by·hand');
  await studio.get('search-rows').fill('BY HAND');
  await expect(studio.get('rows-table')).toHaveAttribute('data-rows', '1');
  await studio.get('search-rows').fill('');
  const downloading = studio.page.waitForEvent('download');
  await studio.get('export-train').click();
  const lines = readFileSync(await (await downloading).path(), 'utf8')
    .trim()
    .split('\n');
  expect(lines).toHaveLength(21);
  expect(JSON.parse(lines[5] ?? '')).toEqual({ instruction: '2005', input: '', output: 'changed by hand' });
});

test('the panel has no barrier that axe finds', async () => {
  await rowAt(0).click();
  await expect(studio.get('row-tokens')).toBeVisible();
  const { violations } = await new AxeBuilder({ page: studio.page }).include('.data').analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});

test('a hundred thousand rows scroll, are searched and edited without stopping the page', async () => {
  const task = (i: number) => JSON.stringify({ instruction: String(1000 + i), input: '', output: `${i} + 1000` });
  await studio.pick('train', 'many.jsonl', Array.from({ length: 100_000 }, (_, i) => task(i)).join('\n'));
  await studio.expectRows('train', 100_000);
  const longest = await longestTask(studio.page, async () => {
    await studio.page.evaluate(async () => {
      const scroller = document.querySelector('.rows-scroller');
      if (!scroller) throw new Error('there is no table');
      for (let i = 0; i < 60; i++) {
        scroller.scrollTop = i < 30 ? i * 300 : ((i - 29) / 30) * scroller.scrollHeight;
        await new Promise(requestAnimationFrame);
      }
    });
    await expect(rowAt(99_999)).toContainText('100999');
    await studio.get('search-rows').fill('98765');
    await expect(studio.get('rows-table')).toHaveAttribute('data-rows', '2');
    await studio.get('search-rows').fill('');
    await rowAt(2).click();
    await studio.get('delete-row').click();
    await studio.expectRows('train', 99_999);
  });
  // An amount of work, not of time: a full machine gives the page little of what the clock says.
  const busy = (): void => {
    let state = 1;
    for (let i = 0; i < 3e8; i++) state = (Math.imul(state, 48271) + i) | 0;
    document.body.dataset.state = String(state);
  };
  expect(await longestTask(studio.page, () => studio.page.evaluate(busy)), 'a busy page').toBeGreaterThan(1.5);
  expect(longest, 'the longest task of the page, in yardsticks').toBeLessThan(1.5);
});
