/** A model that a person closes leaves nothing on the card, and another can take its place. */
import { expect, type Worker } from '@playwright/test';
import { beforeWorker, countBuffers } from '../support/pageMemory';
import { openFewRows } from './fewRows';
import { openStudio } from './studio';
import { test } from './watched';

const onCard = (worker: Worker) => worker.evaluate(() => buffersAlive().bytes);

test('closing gives the memory back, after a question where something was trained', async ({ browser, baseURL }) => {
  const studio = await openStudio(browser, baseURL, (page) => beforeWorker(page, countBuffers));
  const { page } = studio;
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    return asked.length === 1 ? dialog.dismiss() : dialog.accept();
  });
  const [worker] = page.workers();
  if (!worker) throw new Error('the page has no worker');
  await openFewRows(studio);
  const both = await onCard(worker);
  await studio.run('sft');
  await studio.run('merge');

  await studio.click('close-teacher');
  expect(asked[0]).toContain('Close the model?');
  await studio.expectStage('merge', 'done');
  await studio.click('close-teacher');
  const teacher = studio.get('model-teacher');
  await expect(teacher).toContainText('Not loaded.');
  await studio.expectStage('sft', 'blocked');
  await studio.expectStage('merge', 'blocked');
  const one = await onCard(worker);
  expect(one).toBeGreaterThan(0);
  expect(one).toBeLessThan(both);
  await expect(teacher.locator(':focus'), 'whoever closed it with the keyboard goes on there').toHaveCount(1);

  await studio.click('close-student');
  await expect(studio.get('model-student')).toContainText('Not loaded.');
  expect(asked).toHaveLength(2);
  expect(await onCard(worker)).toBe(0);

  for (const role of ['teacher', 'student']) await studio.click(`demo-${role}`);
  await studio.expectStage('sft', 'idle');
  await studio.run('sft');
  await page.context().close();
});
