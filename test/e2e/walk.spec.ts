// A newcomer with rows of their own, in both languages: from the first view to a distilled student that is theirs, by what
// the page says alone. Every click is counted.
import { expect, type Locator, type Page } from '@playwright/test';
import { range, sumRows } from './rows';
import { openStudio } from './studio';
import { test } from './watched';

/** Rows with names of columns that other tools use. */
function ownRows(count: number): string {
  const rows = sumRows(range(2000, count, 5))
    .trim()
    .split('\n');
  return rows
    .map((line) => {
      const { instruction, output } = JSON.parse(line);
      return `${JSON.stringify({ prompt: instruction, completion: output })}\n`;
    })
    .join('');
}

const languages = [
  { locale: 'en-US', count: 500, runAll: 'Run all', talk: 'Talk to it', done: 'Done' },
  // The same way with fewer: what it computes is known from the first.
  { locale: 'zh-CN', count: 100, runAll: '全部运行', talk: '对话', done: '完成' },
] as const;

for (const { locale, count, runAll, talk, done } of languages) {
  const [training, testing] = [0.9 * count, 0.1 * count];
  test(`a person with ${count} rows has a distilled model after a few clicks, ${locale}`, async ({
    browser,
    baseURL,
  }) => {
    test.setTimeout(15 * 60_000);
    let clicks = 0;
    const studio = await openStudio(browser, baseURL, undefined, locale);
    const click = async (what: Locator): Promise<void> => {
      clicks += 1;
      await what.click();
    };
    const strangers = strangersOf(studio.page, baseURL ?? '');
    await studio.drop('train', 'mine.jsonl', ownRows(count));
    // Nothing has to be chosen: the columns are known, and a part is kept for testing.
    await expect(studio.get('division')).toBeVisible();
    await expect(studio.get('station-data')).toContainText(`${training} + ${testing}`);
    await expect(studio.get('notice')).toHaveCount(0);

    await click(studio.page.getByRole('button', { name: runAll, exact: true }));
    for (const stage of ['baseline', 'sft', 'merge', 'distill', 'evaluate'] as const)
      await studio.finished(stage, 5 * 60_000);
    const learnt = await studio.accuracy('student-distilled');
    expect(learnt.rows).toBe(testing);
    await expect(studio.get('loss-chart')).toHaveAttribute('data-loss-points', String(2 * Math.ceil(training / 8)));

    // What came out is asked, and taken home.
    await click(studio.page.getByRole('tab', { name: talk, exact: true }));
    await studio.get('talk-question').fill('2025');
    await click(studio.get('talk-send'));
    await expect(studio.get('answer-student-distilled')).not.toHaveAttribute('data-state', /waiting|answering/);
    await expect(studio.get('answer-student-distilled').getByTestId('answer-text')).toHaveText(/\S/);
    await click(studio.get('station-distill'));
    await expect(studio.stage('distill')).toContainText(done);
    await studio.page.evaluate(() =>
      Object.assign(window, { showDirectoryPicker: undefined, showSaveFilePicker: undefined }),
    );
    const download = studio.page.waitForEvent('download');
    await click(studio.get('save-student-distilled'));
    await download;
    expect(clicks).toBeLessThanOrEqual(8);
    expect(strangers()).toEqual([]);
    await studio.page.context().close();
  });
}

/** Every request that leaves the page's own address, from now on; files are offered to the page by addresses of its own. */
function strangersOf(page: Page, home: string): () => readonly string[] {
  const strangers: string[] = [];
  page.context().on('request', (request) => {
    if (!request.url().startsWith(home) && !/^(blob|data):/.test(request.url())) strangers.push(request.url());
  });
  return () => strangers;
}
