/** Wrong rows: each gets a sentence, and nothing that was loaded is lost. */
import { expect, test } from '@playwright/test';
import { png, range, sumRows } from './rows';
import { openStudio, type Studio } from './studio';

let studio: Studio;

test.beforeAll(async ({ browser, baseURL }) => {
  studio = await openStudio(browser, baseURL);
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

test('several files at once are refused', async () => {
  const dataTransfer = await studio.page.evaluateHandle(() => {
    const data = new DataTransfer();
    for (const name of ['a.jsonl', 'b.jsonl']) data.items.add(new File(['{}'], name));
    return data;
  });
  await studio.get('drop-train').dispatchEvent('drop', { dataTransfer });
  await expect(studio.get('notice')).toContainText('one at a time');
  await studio.expectRows('train', 12);
});
