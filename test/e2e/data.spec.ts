/** Wrong rows: each gets a sentence, and nothing that was loaded is lost. */
import { expect } from '@playwright/test';
import { png, range, sumRows } from './rows';
import { openStudio, type Studio } from './studio';
import { test } from './watched';

let studio: Studio;

test.beforeAll(async ({ browser, baseURL }) => {
  studio = await openStudio(browser, baseURL);
  // Without test rows of their own, training rows would give some of theirs.
  await studio.drop('test', 'held.jsonl', sumRows(range(500, 3)));
  await studio.expectRows('test', 3);
});

test.beforeEach(async () => {
  await studio.drop('train', 'mine.jsonl', sumRows(range(20, 12)));
  await studio.expectRows('train', 12);
});

test.afterAll(async () => {
  await studio.page.context().close();
});

const row = (sum: number): string => sumRows([sum]).trim();

test('a BOM and CRLF change nothing', async () => {
  await studio.drop('train', 'windows.jsonl', `\ufeff${row(30)}\r\n${row(31)}\r\n${row(32)}\r\n`);
  await studio.expectRows('train', 3);
  await expect(studio.get('problems')).toHaveCount(0);
  await expect(studio.get('rows-table').locator('tbody tr').first()).toContainText('30');
});

test('a conversation is a row as well', async () => {
  const messages = [
    { role: 'user', content: 'How many?' },
    { role: 'assistant', content: 'Seven.' },
  ];
  await studio.pick('train', 'chat.jsonl', JSON.stringify({ messages }));
  await studio.expectRows('train', 1);
  await expect(studio.get('rows-table')).toContainText('Seven.');
});

test('a JSON array is read, with a remark', async () => {
  await studio.drop('train', 'rows.json', `[${row(30)},\n${row(31)}]`, 'application/json');
  await studio.expectRows('train', 2);
  await expect(studio.get('problems').locator('li')).toHaveText(/JSON array/);
});

const damaged: [what: string, line: string, code: string][] = [
  ['is not JSON', '{"instruction": "31",', 'line-not-json'],
  ['lacks a field', '{"instruction": "31", "input": ""}', 'field-missing'],
  ['has an empty answer', '{"instruction": "31", "input": "", "output": " "}', 'empty-answer'],
  ['is 2 MB long', 'x'.repeat(2 << 20), 'line-too-long'],
];
for (const [what, line, code] of damaged) {
  test(`a line that ${what} is named, and the others are used`, async () => {
    await studio.drop('train', 'damaged.jsonl', `${row(30)}\n${line}\n${row(32)}\n`);
    const problem = studio.get('problems').locator('li');
    await expect(problem).toHaveCount(1);
    await expect(problem).toHaveAttribute('data-line', '2');
    await expect(problem).toHaveAttribute('data-code', code);
    await expect(problem).toContainText('2');
    await studio.expectRows('train', 2);
  });
}

const unusable: [what: string, name: string, content: string | Buffer, type: string, sentence: RegExp][] = [
  [
    'half a JSON array',
    'rows.json',
    `[${row(30)},
${row(31)}`,
    'application/json',
    /JSON array/,
  ],
  ['an empty file', 'empty.jsonl', '', '', /empty/],
  ['blank lines', 'blank.jsonl', '\n\n  \n', '', /no usable row|empty/],
  ['a picture', 'cat.png', png, 'image/png', /picture/],
  ['a picture with a wrong name', 'cat.jsonl', png, '', /text|UTF-8|JSON/],
];
for (const [what, name, content, type, sentence] of unusable) {
  test(`${what} is refused, and the rows before it stay`, async () => {
    await studio.drop('train', name, content, type);
    const notice = studio.get('notice').locator('li');
    await expect(notice).toHaveCount(1);
    await expect(notice).toContainText(name);
    await expect(notice).toContainText(sentence);
    await studio.expectRows('train', 12);
    await expect(studio.get('rows-table')).toHaveAttribute('data-rows', '12');
    await studio.expectStage('sft', 'idle');
    await notice.getByRole('button').click();
    await expect(notice).toHaveCount(0);
  });
}

test('a table counts the lines of its file, and says which row is wrong', async () => {
  await studio.drop('train', 'table.csv', '\ufeff问题,答案\r\n"two\r\nlines",a\r\nq2,\r\nq3,a3\r\n');
  await studio.expectRows('train', 2);
  const problem = studio.get('problems').locator('li');
  await expect(problem).toHaveAttribute('data-line', '4');
  await expect(studio.get('columns-train')).toContainText('问题');
});

test('columns with unknown names are chosen beside the first rows, and can be chosen again', async () => {
  await studio.drop('train', 'fragen.csv', 'frage,antwort,thema\n1,eins,x\n2,zwei,y\n');
  const dialog = studio.get('mapping');
  await expect(dialog.locator('tbody tr')).toHaveCount(2);
  await studio.page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await studio.expectRows('train', 12);
  await studio.drop('train', 'fragen.csv', 'frage,antwort,thema\n1,eins,x\n2,zwei,y\n');
  await expect(studio.get('map-open')).toBeDisabled();
  await studio.get('map-part-question').selectOption('frage');
  await studio.get('map-part-answer').selectOption('antwort');
  await studio.get('map-open').click();
  await studio.expectRows('train', 2);
  await expect(studio.get('rows-table')).toContainText('zwei');
  await expect(studio.get('columns-train')).toContainText('thema');
  await studio.get('map-train').click();
  await studio.page.keyboard.press('Escape');
  await expect(studio.get('map-train')).toBeFocused();
  await studio.page.keyboard.press('Enter');
  await studio.get('map-part-input').selectOption('thema');
  await studio.get('map-open').click();
  await expect(studio.get('rows-table')).toContainText('2y');
});

test('several files are opened as one, and a problem names its file', async () => {
  await studio.dropAt(studio.get('drop-train'), [
    ['b.csv', 'question,answer\nq3,a3\nq4,'],
    ['a.jsonl', `${row(30)}\n${row(31)}`],
  ]);
  await studio.expectRows('train', 3);
  await expect(studio.get('problems').locator('li')).toHaveText(/b\.csv.*3/);
});

test('dropped anywhere on the page, rows find their split; a recipe is still a recipe', async () => {
  await studio.click('station-models');
  await studio.dropAt(studio.page.locator('footer'), [
    ['eval.csv', 'question,answer\nq1,a1'],
    ['train.csv', 'question,answer\nq1,a1\nq2,a2'],
  ]);
  await studio.expectRows('train', 2);
  await expect(studio.get('tab-test')).toContainText('1');
  await expect(studio.get('station-data')).toHaveAttribute('aria-selected', 'true');
  // The test question is one of the training rows.
  await studio.click('tab-test');
  await expect(studio.get('filter-leaks')).toHaveAttribute('data-count', '1');
  await studio.click('tab-train');
  await studio.dropAt(studio.page.locator('footer'), [['rows.json', `[${row(30)}]`, 'application/json']]);
  await studio.expectRows('train', 1);
  const recipe = JSON.stringify({ version: 1, recipe: { sft: { epochs: 7 } } }, null, 2);
  await studio.dropAt(studio.page.locator('footer'), [['recipe.json', recipe, 'application/json']]);
  await expect(studio.get('field-sft.epochs')).toHaveValue('7');
  await studio.expectRows('train', 1);
});
