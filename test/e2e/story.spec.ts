/** The whole story on the demo pair with the settings that the page starts with: what the studio promises, in numbers. */
import { expect } from '@playwright/test';
import { takePictures, wanted } from './pictures';
import { openStudio, type Stage, type Studio, type Subject, subjects } from './studio';
import { checkStudent, writeStudent } from './takenHome';
import { test } from './watched';

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
  await agreesElsewhere(studio, accuracy.get('student-distilled'));
  if (wanted) await takePictures(studio);
});

/** What is taken home answers as it did here, under two libraries that are not ours. */
async function agreesElsewhere(studio: Studio, accuracy: number | undefined): Promise<void> {
  await writeStudent(studio, ['fp32', 'fp16']);
  for (const runtime of ['onnxruntime', 'transformers.js'] as const) {
    const checked = await checkStudent(studio, 'fp32', runtime);
    console.log(runtime, 'fp32', JSON.stringify(checked));
    expect(checked, runtime).toMatchObject({ verdict: 'agrees', same: `${testRows} of ${testRows}` });
    expect(checked.largest, runtime).toBeLessThan(1e-4);
    expect(checked.second, runtime).toBe(checked.ours);
    // Taken home are weights rounded to bf16, which tips a few of the closest choices.
    expect(Math.abs(checked.ours - (accuracy ?? 0)), runtime).toBeLessThanOrEqual(0.01);
  }
  const half = await checkStudent(studio, 'fp16', 'onnxruntime');
  console.log('onnxruntime fp16', JSON.stringify(half));
  expect(half.verdict).toBe('agrees');
  expect(half.largest, 'fp16 is not fp32').toBeGreaterThan(1e-4);
  expect(Math.abs(half.second - half.ours)).toBeLessThanOrEqual(0.005);
}
