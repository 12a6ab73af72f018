/** Whoever works by keyboard is never thrown back to the top of the page: where the focus is after things open, close and go. */
import { expect, type Page } from '@playwright/test';
import { range, sumRows } from './rows';
import { openStudio, type Studio } from './studio';
import { keepStarts, tellEnd, tellSteps } from './told';
import { test } from './watched';

test.describe.configure({ mode: 'serial' });

let studio: Studio;
let page: Page;

test.beforeAll(async ({ browser, baseURL }) => {
  studio = await openStudio(browser, baseURL, keepStarts);
  page = studio.page;
  page.on('dialog', (dialog) => dialog.accept());
  await studio.drop('train', 'many.jsonl', sumRows(range(2000, 30)));
  await expect(studio.get('undo-division')).toBeVisible();
});

test.afterAll(async () => {
  await page.context().close();
});

/** Presses Enter on an element as the keyboard does: it has the focus first. */
async function enter(id: string): Promise<void> {
  const element = await studio.reveal(id);
  await element.focus();
  await page.keyboard.press('Enter');
}

test('a button that goes with its click leaves the focus in its panel', async () => {
  await enter('undo-division');
  await expect(studio.get('undo-division')).toHaveCount(0);
  const beside = () => page.evaluate(() => document.activeElement?.closest('section.data') != null);
  await expect.poll(beside).toBe(true);
  await studio.pick('test', 'three.jsonl', sumRows(range(2700, 3)));
  await expect(studio.get('division')).toHaveCount(0);
  await studio.drop('train', 'three.jsonl', sumRows(range(2000, 3)));
  await studio.expectRows('train', 3);
});

test('the tabs of the rows go by arrow keys', async () => {
  await studio.get('tab-train').focus();
  await page.keyboard.press('ArrowRight');
  await expect(studio.get('tab-test')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(studio.get('tab-test')).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Home');
  await expect(studio.get('tab-train')).toBeFocused();
  await page.keyboard.press('Enter');
  await studio.expectRows('train', 3);
});

test('a row is chosen, edited and deleted, and the table has the focus again', async () => {
  const table = studio.get('rows-table');
  await table.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await enter('edit-row');
  await expect(studio.get('edit-user')).toBeFocused();
  await studio.get('edit-user').fill('2002');
  await enter('save-row');
  await expect(studio.get('edit-row')).toBeFocused();
  await enter('delete-row');
  await studio.expectRows('train', 2);
  await expect(table).toBeFocused();
  // The row that stands there now is the next.
  await page.keyboard.press('ArrowDown');
  await expect(table.locator('[aria-selected=true]')).toHaveAttribute('data-row', '1');
  // Somebody who goes elsewhere meanwhile stays there.
  await enter('edit-row');
  await table.locator('[data-row="0"]').click();
  await expect(studio.get('edit-user')).toHaveCount(0);
  await expect(table).toBeFocused();
});

test('undo keeps the focus when nothing is left to undo', async () => {
  await enter('undo-edit');
  await page.keyboard.press('Enter');
  await studio.expectRows('train', 3);
  await expect(studio.get('undo-edit')).toBeFocused();
  await expect(studio.get('undo-edit')).toBeDisabled();
});

test('start, pause and stop keep it, also when the stage ends meanwhile', async () => {
  await enter('run-sft');
  await studio.expectStage('sft', 'running');
  await expect(studio.get('run-sft')).toBeFocused();
  await tellSteps(page, 1, 5, 10);
  await enter('stop');
  await expect(studio.get('stop-dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(studio.get('stop')).toBeFocused();
  await page.keyboard.press('Enter');
  await studio.get('stop-confirm').focus();
  await page.keyboard.press('Enter');
  await expect(studio.get('stop')).toBeFocused();
  await expect(studio.get('stop')).toHaveText(/Stopping/);
  await page.keyboard.press('Enter');
  await expect(studio.get('stop-dialog')).toHaveCount(0);
  await tellEnd(page, 5);
  await expect(studio.get('include-control')).toBeFocused();

  await enter('run-sft');
  await tellSteps(page, 1, 5, 10);
  await enter('stop');
  await expect(studio.get('stop-cancel').or(studio.get('stop-confirm')).first()).toBeVisible();
  await tellEnd(page, 10);
  await expect(studio.get('stop-dialog')).toHaveCount(0);
  await expect(studio.get('include-control')).toBeFocused();
});

test('name and note of a run give it back, and a run that is deleted to the next', async () => {
  const runs = studio.get('run');
  await expect(runs).toHaveCount(2);
  const first = runs.first();
  for (const end of ['Enter', 'Escape']) {
    await first.getByTestId('run-rename').focus();
    await page.keyboard.press('Enter');
    await expect(first.getByTestId('run-name-field')).toBeFocused();
    await page.keyboard.press(end);
    await expect(first.getByTestId('run-rename')).toBeFocused();
  }
  await first.getByTestId('run-note-edit').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type('kept');
  await first.getByTestId('run-note-keep').focus();
  await page.keyboard.press('Enter');
  await expect(first.getByTestId('run-note-edit')).toBeFocused();
  await first.getByTestId('run-open').focus();
  await page.keyboard.press('Enter');
  await expect(studio.get('run-dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(first.getByTestId('run-open')).toBeFocused();

  await first.getByTestId('run-delete').focus();
  await page.keyboard.press('Enter');
  await expect(runs).toHaveCount(1);
  await expect(runs.first().getByTestId('run-open')).toBeFocused();
  await runs.first().getByTestId('run-delete').focus();
  await page.keyboard.press('Enter');
  await expect(runs).toHaveCount(0);
  await expect(page.locator('#runs-title')).toBeFocused();
});

test('recipes that are deleted, and the last zoom', async () => {
  await studio.get('open-recipe').click();
  for (const name of ['one', 'two']) {
    await studio.get('recipe-name').fill(name);
    await page.keyboard.press('Enter');
    await expect(studio.get('recipe-said')).toContainText(name);
  }
  const recipes = studio.get('saved-recipe');
  await recipes.first().getByTestId('recipe-delete').focus();
  await page.keyboard.press('Enter');
  await expect(recipes).toHaveCount(1);
  await expect(recipes.getByTestId('recipe-apply')).toBeFocused();
  await recipes.getByTestId('recipe-delete').focus();
  await page.keyboard.press('Enter');
  await expect(recipes).toHaveCount(0);
  await expect(studio.get('recipe-name')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(studio.get('open-recipe')).toBeFocused();
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await enter('whole');
  await expect(studio.get('whole')).toBeDisabled();
  await expect(studio.get('whole')).toBeFocused();
});
