/** The whole story on the demo pair with the settings that the page starts with: what the studio promises, in numbers. */
import { expect, test } from '@playwright/test';
import { takePictures, wanted } from './pictures';
import { openStudio, type Stage, type Subject, subjects } from './studio';

const stages: readonly Stage[] = ['baseline', 'sft', 'merge', 'distill', 'evaluate', 'control'];
const testRows = 290;

test('run all: nobody knows the task at first, teacher and student solve it at last', async ({
  browser,
  baseURL,
}, info) => {
  const studio = await openStudio(browser, baseURL);
  await studio.get('include-control').check();
  await studio.get('run-all').click();
  for (const stage of stages) await studio.finished(stage, 12 * 60_000);

  const accuracy = new Map<Subject, number>();
  const answers = new Map<Subject, string[]>();
  for (const subject of subjects) {
    const measured = await studio.accuracy(subject);
    expect(measured.rows, subject).toBe(testRows);
    accuracy.set(subject, measured.accuracy);
    answers.set(subject, await studio.answers(subject));
    expect(answers.get(subject), subject).toHaveLength(testRows);
  }
  const timed = await Promise.all(stages.map((stage) => studio.stage(stage).innerText()));
  const report = JSON.stringify({ accuracy: Object.fromEntries(accuracy), stages: timed }, null, 2);
  console.log(report);
  await info.attach('results.json', { body: report, contentType: 'application/json' });
  const screenshot = await studio.page.screenshot({ fullPage: true, path: info.outputPath('story.png') });
  await info.attach('story.png', { body: screenshot, contentType: 'image/png' });

  expect(accuracy.get('teacher-base')).toBe(0);
  expect(accuracy.get('student-base')).toBe(0);
  expect(accuracy.get('teacher-sft')).toBeGreaterThanOrEqual(0.99);
  expect(accuracy.get('student-distilled')).toBeGreaterThanOrEqual(0.95);
  // Any split of a number is right, so the model holds many first addends for about equally likely, and rounding the
  // merged weights to bf16 tips the closest of these choices: most answers stay, and those that change stay right.
  expect(accuracy.get('teacher-merged')).toBeGreaterThanOrEqual(0.99);
  const kept = (subject: Subject) =>
    answers.get(subject)?.filter((answer, row) => answer === answers.get('teacher-sft')?.[row]).length ?? 0;
  expect(kept('teacher-merged'), 'answers that merging left as they were').toBeGreaterThan(0.9 * testRows);
  // Negative control of that comparison: another model answers differently.
  expect(kept('student-distilled')).toBeLessThan(0.9 * testRows);
  const unchanged = studio.get('merge-unchanged');
  await expect(unchanged).toHaveAttribute('data-same', String(kept('teacher-merged')));
  const verdicts = Number(await unchanged.getAttribute('data-verdicts'));
  expect(verdicts, 'verdicts that merging changed').toBeLessThanOrEqual(0.01 * testRows);
  if (wanted) await takePictures(studio);
});
