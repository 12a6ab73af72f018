/** Talking to the models and looking at one row token by token, with the demo pair as it is loaded; one page for all. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@playwright/test';
import { range, sumRows } from './rows';
import { openStudio, type Studio } from './studio';
import { test } from './watched';

test.describe.configure({ mode: 'serial' });

let studio: Studio;

test.beforeAll(async ({ browser, baseURL }) => {
  studio = await openStudio(browser, baseURL);
  await studio.pick('test', 'short-test.jsonl', sumRows(range(2007, 3, 53)));
  await studio.expectRows('test', 3);
});

test.afterAll(async () => {
  await studio.page.context().close();
});

const answer = (subject: string) => studio.get(`answer-${subject}`).last();
const said = (subject: string) => answer(subject).getByTestId('answer-text');

/** What axe finds against WCAG 2.1 AA in a panel that has something in it, in both themes. */
async function violations(panel: string): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await studio.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations: all } = await new AxeBuilder({ page: studio.page })
      .include(`[data-testid=${panel}]`)
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'])
      .analyze();
    found.push(
      ...all.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${colorScheme} ${id}: ${target.join(' ')}`)),
    );
  }
  return found;
}

async function ask(question: string): Promise<void> {
  await studio.get('talk-question').fill(question);
  await studio.get('talk-question').press('Enter');
}

test('a greedy answer is told token by token, and is the one that the evaluation measures', async () => {
  await studio.run('baseline');
  const log = await studio.answers('teacher-base');
  const expected = /^输入：(.*?) 输出：(.*)$/.exec(log[1] ?? '') ?? [];
  await studio.look('talk');
  // Every length that the answer has on the page.
  await studio.page.evaluate(() => {
    const lengths = new Set<number>();
    Object.assign(window, { lengths });
    new MutationObserver(() => {
      for (const text of document.querySelectorAll('[data-testid=answer-teacher-base] [data-testid=answer-text]'))
        lengths.add(text.textContent?.length ?? 0);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await ask(expected[1] ?? '');
  await expect(answer('student-base')).toHaveAttribute('data-state', 'end');
  await expect(said('teacher-base')).toHaveText(expected[2] ?? '');
  expect(await studio.page.evaluate(() => (window as never as { lengths: Set<number> }).lengths.size)).toBeGreaterThan(
    4,
  );
  await expect(answer('teacher-base')).toContainText(/\d+ tokens · \d+(\.\d)? tokens\/s · first after [\d,]+ ms/);
  await expect(studio.get('talk-announced')).toContainText(`Teacher, untrained: ${expected[2]}`);
  await answer('teacher-base').getByTestId('copy-teacher-base').click();
  expect(await studio.page.evaluate(() => navigator.clipboard.readText())).toBe(expected[2]);
  expect(await violations('talk')).toEqual([]);
});

test('Enter that ends a word of an input method, and Shift with Enter, send nothing', async () => {
  const question = studio.get('talk-question');
  await question.fill('12');
  await question.press('Shift+Enter');
  await expect(question).toHaveValue('12\n');
  await question.evaluate((element) =>
    element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true })),
  );
  await expect(question).toHaveValue('12\n');
  await expect(studio.get('talk-turns').locator('> li')).toHaveCount(1);
});

test('a conversation goes on, can be stopped, and begins anew', async () => {
  await studio.get('talk-to-teacher-base').uncheck();
  await studio.get('talk-settings').locator('summary').click();
  await studio.get('talk-choice').selectOption('sampled');
  // So hot that it hardly ever ends by itself.
  for (const [field, value] of Object.entries({ temperature: 100, topK: 0, topP: 1, maxNewTokens: 200 }))
    await studio.get(`talk-${field}`).fill(String(value));
  await ask('2713');
  // As soon as there is something of it.
  await studio.page.waitForFunction(() => {
    const begun = document.querySelector('[data-testid=answer-student-base][data-state=answering]');
    if (begun) document.querySelector<HTMLElement>('[data-testid=talk-stop]')?.click();
    return begun !== null;
  });
  await expect(studio.get('talk-turns').locator('> li')).toHaveCount(2);
  await expect(answer('student-base')).toHaveAttribute('data-state', 'stopped');
  const text = await said('student-base').innerText();
  expect(text.length).toBeGreaterThan(0);

  await studio.get('talk-topP').fill('7');
  await ask('2714');
  await expect(studio.get('notice')).toContainText('generation.topP');
  await expect(studio.get('talk-question')).toHaveValue('2714');
  await studio.get('notice').getByRole('button').click();
  await expect(studio.get('talk-turns').locator('> li')).toHaveCount(2);
  await studio.get('talk-new').click();
  await expect(studio.get('talk-turns')).toHaveCount(0);
});

test('a row token by token: shares that add up, and what the colours say', async () => {
  await studio.look('tokens');
  await studio.get('tokens-look').click();
  const view = studio.get('token-comparison');
  await expect(view).toHaveAttribute('data-line', '1');
  const chips = studio.get('token-chip');
  const divergences = await chips.evaluateAll((all) => all.map((chip) => Number(chip.dataset.divergence)));
  expect(divergences.length).toBe(Number(await view.getAttribute('data-tokens')));
  expect(Math.min(...divergences)).toBeGreaterThanOrEqual(0);
  const mean = divergences.reduce((sum, value) => sum + value, 0) / divergences.length;
  expect(Number(await view.getAttribute('data-mean'))).toBeCloseTo(mean, 6);
  // The one where they part most is chosen; another is chosen by arrows.
  const pressed = () => chips.evaluateAll((all) => all.findIndex((chip) => chip.ariaPressed === 'true'));
  expect(await pressed()).toBe(divergences.indexOf(Math.max(...divergences)));
  await chips.first().click();
  await studio.page.keyboard.press('ArrowRight');
  expect(await pressed()).toBe(1);
  for (const role of ['teacher', 'student']) {
    const shares = await studio
      .get(`choices-${role}`)
      .getByTestId('choice-share')
      .evaluateAll((all) => all.map((one) => Number(one.dataset.share)));
    expect(shares).toHaveLength(5);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(1.000001);
  }
  expect(await violations('token-view')).toEqual([]);
  await studio.get('tokens-next').click();
  await expect(view).toHaveAttribute('data-line', '2');
  await studio.get('tokens-most').click();
  await expect(view).toContainText('the largest mean of 3 rows');
  expect(Number(await view.getAttribute('data-mean'))).toBeGreaterThanOrEqual(mean);
});

test('in a pause of a training its model answers; while it computes the page says why not', async () => {
  await studio.look('talk');
  await studio.click('run-sft');
  await expect.poll(() => studio.step(), { intervals: [50] }).toBeGreaterThanOrEqual(1);
  await expect(studio.get('talk-hint')).toContainText('A stage is computing');
  // What is written stays while another view is looked at.
  await studio.get('talk-question').fill('2710');
  await studio.look('log');
  await studio.look('talk');
  await expect(studio.get('talk-question')).toHaveValue('2710');
  await expect(studio.get('talk-send')).toBeDisabled();
  await studio.get('pause').click();
  await studio.expectStage('sft', 'paused');
  await studio.get('talk-settings').locator('summary').click();
  await studio.get('talk-choice').selectOption('greedy');
  await studio.get('talk-send').click();
  await expect(answer('teacher-sft')).toHaveAttribute('data-state', /^(end|length)$/);
  await studio.get('resume').click();
  await studio.expectStage('sft', 'running');
  const before = await studio.step();
  await expect.poll(() => studio.step(), { intervals: [50] }).toBeGreaterThan(before);
  await studio.stop();
  await studio.expectStage('sft', 'stopped');
});
