/** A short run of every stage on a few rows, clicked as a person would; the tests share one page. */
import { expect } from '@playwright/test';
import { frames, inputAnswers, median } from './latency';
import { mean, takeLosses, watchLosses } from './losses';
import { png, range, sumRows } from './rows';
import { openStudio, type Studio } from './studio';
import { longestTask } from './tasks';
import { test } from './watched';
import { bringYardstick, yardstick } from './yardstick';

const stepsPerEpoch = 48 / 8;
const epochs = { sft: 8, distill: 8 };

test.describe.configure({ mode: 'serial' });

let studio: Studio;

test.beforeAll(async ({ browser, baseURL }) => {
  studio = await openStudio(browser, baseURL);
  await studio.pick('test', 'short-test.jsonl', sumRows(range(2007, 12, 53)));
  await studio.expectRows('test', 12);
  await studio.drop('train', 'short.jsonl', sumRows(range(2000, 48, 13)));
  await studio.expectRows('train', 48);
  // So few steps teach the form of the answer, and not yet its words: that is what is judged here.
  await studio.setField('judge', 'regex');
  await studio.setField('judgePattern', '\\d \\+ \\d');
  await studio.setField('evaluation.everySteps', 12);
  await studio.setField('evaluation.sampleRows', 6);
  for (const stage of ['sft', 'distill'] as const) {
    await studio.setField(`${stage}.warmupSteps`, 2);
    await studio.setField(`${stage}.epochs`, epochs[stage]);
  }
  // The teacher is set in its ways: at the demo's own rate it would take as many steps again.
  await studio.setField('sft.learningRate', 0.004);
  await watchLosses(studio.page);
});

/** Milliseconds from clicks to their answers, and from yardsticks in between to theirs. */
async function answersBesideUnits(clicks: number): Promise<[answers: number[], units: number[]]> {
  const [answers, units]: [number[], number[]] = [[], []];
  await bringYardstick(studio.page);
  for (let i = 0; i < clicks; i++) {
    answers.push(...(await inputAnswers(studio.page, [i % 2 ? 'station-sft' : 'station-data'], 1)));
    units.push(await yardstick(studio.page));
  }
  return [answers, units];
}

test.afterAll(async () => {
  await studio.page.context().close();
});

test('baseline: neither model knows the task', async () => {
  await studio.run('baseline');
  for (const subject of ['teacher-base', 'student-base'] as const) {
    expect(await studio.accuracy(subject)).toEqual({ accuracy: 0, rows: 12 });
    expect(await studio.answers(subject)).toHaveLength(12);
  }
  await studio.look('compare');
  await expect(studio.get('compare-table')).toHaveAttribute('data-rows', '12');
  await expect(studio.get('judged-by')).toHaveText(/Regular expression.*\\d \\\+ \\d.*the pattern is found/);
});

test('stop before the first step: a sentence, and the stage can start again', async () => {
  // Both commands reach the worker in one go, so that no step can come between them: drawing the page takes longer.
  await studio.page.evaluate(() => {
    const post = Worker.prototype.postMessage;
    const held: (() => void)[] = [];
    Worker.prototype.postMessage = function (this: Worker, message: { type: string }, ...rest: []) {
      const send = () => post.call(this, message, ...rest);
      if (message.type === 'run') return void held.push(send);
      for (const waiting of held.splice(0)) waiting();
      send();
      if (message.type === 'stop') Worker.prototype.postMessage = post;
    };
  });
  await studio.click('run-sft');
  await studio.stop();
  await studio.expectStage('sft', 'stopped');
  await expect(studio.get('notice')).toContainText('before the first step');
  await studio.get('notice').getByRole('button').click();
  await studio.expectStage('merge', 'blocked');
  await expect(studio.get('run-sft')).toBeEnabled();
});

test('SFT: pauses, refuses a second start, resumes, answers inputs while it computes, and ends', async () => {
  await studio.click('run-sft');
  await expect.poll(() => studio.step(), { intervals: [50] }).toBeGreaterThanOrEqual(2);

  await studio.get('pause').click();
  await studio.expectStage('sft', 'paused');
  const paused = await studio.step();
  const work = studio.get('step-work');
  await work.locator('summary').click();
  await expect(work.locator('[data-op="linear.forward"]')).toContainText(/\d M.*%/);
  await frames(studio.page, 60);
  expect(await studio.step()).toBe(paused);
  await studio.click('run-baseline');
  await expect(studio.get('notice')).toContainText('already running');
  await studio.get('notice').getByRole('button').click();
  await studio.expectStage('sft', 'paused');

  await studio.get('resume').click();
  await studio.expectStage('sft', 'running');
  // Neither the tab may be frozen meanwhile, nor does its title keep quiet.
  const locks = () => studio.page.evaluate(async () => (await navigator.locks.query()).held?.map(({ name }) => name));
  await expect.poll(locks).toContain('distillery.working');
  await expect(studio.page).toHaveTitle(/^\d+% SFT/);
  const [answers, units] = await answersBesideUnits(20);
  // Apart from the clock: writing down every task takes time of its own. What the machine does beside only ever adds to one of them.
  const longest: number[] = [];
  for (let round = 0; round < 5; round++) {
    const clicks = () => inputAnswers(studio.page, ['station-models', 'station-distill'], 2);
    longest.push(await longestTask(studio.page, clicks));
  }
  await expect(studio.stage('sft'), 'the inputs fell into the training').toHaveAttribute('data-state', 'running');
  const times = `ms to answers: ${answers.map(Math.round).join(' ')}; to those of a yardstick: ${units.map(Math.round).join(' ')}`;
  expect(median(answers), times).toBeLessThan(1.5 * median(units));
  const told = `longest tasks of the page while it trains and is clicked, in yardsticks: ${longest.join(' ')}`;
  expect(median(longest), told).toBeLessThan(1.25);
  expect(Math.max(...longest), told).toBeLessThan(3);

  await studio.finished('sft', 5 * 60_000);
  await expect.poll(locks).not.toContain('distillery.working');
  await expect(studio.page).toHaveTitle('Distillery');
  await expect(studio.get('loss-chart')).toHaveAttribute('data-loss-points', String(stepsPerEpoch * epochs.sft));
});

test('SFT: the loss fell, the accuracy rose', async () => {
  const losses = await takeLosses(studio.page);
  expect(losses).toHaveLength(stepsPerEpoch * epochs.sft);
  expect(mean(losses.slice(-6))).toBeLessThan(0.7 * mean(losses.slice(0, 3)));
  expect((await studio.accuracy('teacher-sft')).accuracy).toBeGreaterThan(0);
});

test('SFT: it held the memory that was planned', async () => {
  await studio.click('memory-sft');
  const held = await studio.get('memory-measured').getAttribute('data-held');
  expect(Number(held)).toBeGreaterThan(0);
  await expect(studio.get('memory-measured')).toHaveAttribute('data-planned', held ?? '');
});

test('merge: the weights themselves know it', async () => {
  await studio.run('merge');
  expect((await studio.accuracy('teacher-merged')).accuracy).toBeGreaterThan(0);
});

test('distil and evaluate: the loss fell, the accuracy rose', async () => {
  await studio.run('distill');
  const losses = await takeLosses(studio.page);
  expect(losses).toHaveLength(stepsPerEpoch * epochs.distill);
  expect(mean(losses.slice(-6))).toBeLessThan(0.7 * mean(losses.slice(0, 3)));
  await studio.run('evaluate');
  expect((await studio.accuracy('student-distilled')).accuracy).toBeGreaterThan(0);
  expect(await studio.answers('student-distilled')).not.toEqual(await studio.answers('student-base'));
  await studio.look('compare');
  await expect(studio.get('compare-table')).toContainText(' + ');
  // All is done: what came of it stands first, what would run again is folded away.
  await expect(studio.get('preview-again')).toBeVisible();
  await expect(studio.get('preview')).toBeHidden();
});

test('stop: what was learnt so far is kept and can be merged', async () => {
  await studio.click('run-sft');
  await expect.poll(() => studio.step(), { intervals: [50] }).toBeGreaterThanOrEqual(1);
  await studio.expectStage('distill', 'blocked');
  // While a stage runs the page is left only when the person agrees.
  const leaving = studio.page.waitForEvent('dialog');
  await studio.page.close({ runBeforeUnload: true });
  const question = await leaving;
  expect(question.type()).toBe('beforeunload');
  await question.dismiss();
  await studio.stop();
  await studio.expectStage('sft', 'stopped');
  await studio.expectStage('merge', 'idle');
  await studio.run('merge');
  await studio.expectStage('distill', 'idle');
});

test('rows and models that take the training away are opened only when the person agrees', async () => {
  const asked: string[] = [];
  let agrees = false;
  studio.page.on('dialog', async (dialog) => {
    asked.push(dialog.type());
    if (dialog.type() === 'confirm') expect(dialog.message()).toContain('SFT');
    await (agrees ? dialog.accept() : dialog.dismiss());
  });

  await studio.drop('train', 'other.jsonl', sumRows(range(3000, 9)));
  const folder = studio.get('folder-teacher');
  // The picker gives folders; a test can only give files.
  await folder.evaluate((element) => element.removeAttribute('webkitdirectory'));
  await folder.setInputFiles({ name: 'notes.txt', mimeType: '', buffer: Buffer.from('hello') });
  expect(asked).toEqual(['confirm', 'confirm']);
  await expect(studio.get('notice')).toHaveCount(0);
  await studio.expectRows('train', 48);
  await studio.expectStage('sft', 'stopped');

  // Test rows take only what was measured on them, and a picture is no rows at all.
  await studio.drop('test', 'other-test.jsonl', sumRows(range(3100, 5)));
  await studio.expectRows('test', 5);
  await studio.drop('train', 'cat.png', png, 'image/png');
  await expect(studio.get('notice')).toContainText('picture');
  expect(asked).toHaveLength(2);

  agrees = true;
  await studio.drop('train', 'other.jsonl', sumRows(range(3000, 9)));
  await studio.expectRows('train', 9);
  await studio.expectStage('sft', 'idle');
  await studio.expectStage('merge', 'blocked');
  expect(asked).toHaveLength(3);

  // Nothing is left to lose: what was trained is kept with its run.
  await studio.drop('train', 'another.jsonl', sumRows(range(3000, 10)));
  await studio.expectRows('train', 10);
  const closed = studio.page.waitForEvent('close');
  await studio.page.close({ runBeforeUnload: true });
  await closed;
  expect(asked).toHaveLength(3);
});
