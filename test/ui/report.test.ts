// The report of a run: what rows, models and people say is only ever text in it, and nothing of it is fetched or run.
import fc from 'fast-check';
import i18next from 'i18next';
import { beforeAll, expect, test } from 'vitest';
import { recipeAsRun } from '../../src/engine/runs/wholeRun';
import { metrics } from '../../src/engine/takeHome/metrics';
import type { RunRecord, WholeRun } from '../../src/store';
import { initialState } from '../../src/store/initialState';
import { entriesOf } from '../../src/store/runs/archive';
import { differingSettings, settingsAsRun } from '../../src/store/runs/settings';
import { createSeries } from '../../src/store/series';
import type { Translate } from '../../src/ui/i18n';
import { en } from '../../src/ui/i18n/en';
import { zh } from '../../src/ui/i18n/zh';
import { chart, ticks } from '../../src/ui/runs/report/chart';
import { html } from '../../src/ui/runs/report/html';
import { report } from '../../src/ui/runs/report/report';
import { settingText } from '../../src/ui/runs/settingText';
import { adapterInfo, evaluationOf, facts, modelInfo, stepOf } from '../support/fakeEngine';

let t: Translate;

beforeAll(async () => {
  await i18next.init({
    lng: 'en',
    defaultNS: 'page',
    resources: { en: { page: en }, zh: { page: zh } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
  });
  t = i18next.getFixedT('en') as Translate;
});

const { recipe } = initialState();
const changed = { ...recipe, lora: { ...recipe.lora, rank: 16 }, sft: { ...recipe.sft, epochs: 4 } };

/** A run in which everything that anybody can write says `said`. */
function runThatSays(said: string): WholeRun {
  const series = createSeries(() => {});
  series.addStep('sft', stepOf(1, 2));
  series.addStep('sft', stepOf(2, 1));
  const judged = { judge: 'regex', judgePattern: said } as const;
  const plain = evaluationOf('teacher-sft', 2, 1, 2);
  const answers = plain.answers.map((answer) => ({ ...answer, question: said, expected: said, output: said }));
  const evaluation = { ...plain, answers, judged };
  series.addEvaluation('sft', evaluation);
  const { answers: _, worst: __, ...measured } = evaluation;
  const model = {
    source: { kind: 'stored', key: said, name: said },
    info: modelInfo(said),
    adapter: adapterInfo(said),
  };
  const record = {
    ...{ version: 1, id: 'one', name: said, note: said, software: said, started: 0, changed: 1 },
    gpu: { ...facts, description: said },
    models: { teacher: model, student: model },
    data: { train: { name: said, demo: false, rows: 3, problems: 1, fingerprint: said } },
    ...{ recipe: { ...recipe, systemPrompt: said }, demoValues: [], includeControl: false },
    stages: {
      sft: { state: 'done', steps: 2, milliseconds: 5, recipe: { ...changed, systemPrompt: said } },
      distill: { state: 'interrupted', steps: 1, milliseconds: 5, recipe },
    },
    ...{ measured: { 'teacher-sft': measured }, losses: { sft: { step: 2, train: 1 } }, held: {}, adapters: {} },
    mergeReport: {
      modules: [{ layer: 0, projection: said, norm: 2, change: 1, moved: 1, largest: 1 }],
      ...{ rounding: 0.5, logits: undefined },
    },
  } as unknown as RunRecord;
  return { record, curves: series.snapshot(), evaluations: [evaluation] };
}

const tags = (page: string): readonly string[] => page.match(/<[^>]*>/g) ?? [];

test('whatever is said in a run, the page has the same tags', () => {
  const plain = tags(report(runThatSays('plain'), t, 'en'));
  expect(plain.length).toBeGreaterThan(100);
  const hostile = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', 'script', ' ', '=', '{{', '}}', '$t(', '`') }),
    fc.constantFrom(
      '<script>alert(1)</script>',
      '</style><img src=x onerror=alert(1)>',
      '"><svg onload=alert(1)>',
      '-->',
    ),
  );
  fc.assert(
    fc.property(
      hostile.filter((said) => said !== ''),
      (said) => {
        expect(tags(report(runThatSays(said), t, 'en'))).toEqual(plain);
      },
    ),
    { numRuns: 200, seed: 1 },
  );
  // The comparison sees a tag that gets through.
  expect(tags(`${report(runThatSays('plain'), t, 'en')}<b>`)).not.toEqual(plain);
});

test('what was said can be read', () => {
  expect(html`<p title="${'"'}">${'a<b>&amp;\'"'}${[html`<i>`, undefined, false, 3]}</p>`.text).toBe(
    '<p title="&quot;">a&lt;b&gt;&amp;amp;&#39;&quot;<i>3</p>',
  );
  expect(report(runThatSays('1 < 2 & 3'), t, 'en')).toContain('1 &lt; 2 &amp; 3');
});

test('it asks nothing of the network and runs nothing', () => {
  const page = report(runThatSays('plain'), t, 'en');
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(page.match(/<(script|link|img|iframe|object|embed|form)|\s(src|href)=|url\(|@import/gi)).toBeNull();
});

test('it says what was measured, what differs from the defaults, and how it was judged, in both languages', () => {
  const page = report(runThatSays('plain'), t, 'en');
  for (const said of [
    '50.0%',
    '1 / 2',
    '9.5% – 90.5%',
    'SFT: 4',
    'SFT: 16; Distil: 8',
    'the pattern is found',
    '<polyline',
  ])
    expect(page.includes(said) || page.includes(said.replace('SFT: 4', '>4<')), said).toBe(true);
  expect(page).toContain('lang="en"');
  const chinese = report(runThatSays('plain'), i18next.getFixedT('zh') as Translate, 'zh');
  expect(chinese).toContain('lang="zh-CN"');
  expect(chinese).toContain('实际使用的参数');
});

test('settings are those that each stage ran with, and what differs between runs is found', () => {
  const { record } = runThatSays('plain');
  const settings = new Map(settingsAsRun(record).map(({ path, values }) => [path, values]));
  expect(settings.get('sft.epochs')).toEqual([{ value: 4, stages: ['sft'], changed: true }]);
  expect(settings.get('lora.rank')).toEqual([
    { value: 16, stages: ['sft'], changed: true },
    { value: 8, stages: ['distill'], changed: false },
  ]);
  expect(settingText(t, 'lora.rank', settings.get('lora.rank') ?? [])).toBe('SFT: 16; Distil: 8');
  expect(settingText(t, 'distill.divergence', settings.get('distill.divergence') ?? [])).toBe('Forward KL');
  const other = { ...record, stages: { ...record.stages, sft: { ...record.stages.sft!, recipe } } };
  expect(differingSettings([record, other]).map(({ path }) => path)).toEqual([
    'systemPrompt',
    'lora.rank',
    'sft.epochs',
  ]);
  expect(differingSettings([record, record])).toEqual([]);
  // Without SFT there is nothing that its settings could differ from.
  const { sft: _, ...later } = record.stages;
  const without = { ...record, stages: later };
  expect(differingSettings([record, without]).map(({ path }) => path)).not.toContain('sft.epochs');
  expect([recipeAsRun(record).sft.epochs, recipeAsRun(record).distill.epochs]).toEqual([4, 1]);
});

test('the zip has every step, every answer, the log in the recipe’s form, and the adapters as folders', async () => {
  const run = runThatSays('plain');
  const files = ['adapter_config.json', 'README.md'].map((name) => new File(['x'], name));
  const adapters = [{ artifact: 'teacher-adapter', files }] as const;
  const entries = entriesOf({ run, adapters, report: 'page', schema: 'http://x/recipe.schema.json' });
  const textOf = (input: unknown) => (input instanceof Uint8Array ? new TextDecoder().decode(input) : String(input));
  const text = new Map(entries.map(({ name, input }) => [name, textOf(input)]));
  expect([...text.keys()]).toEqual([
    'report.html',
    'run.json',
    'recipe.json',
    'metrics.jsonl',
    'evaluations.csv',
    'evaluations.jsonl',
    'runs/sft/trainer_state.json',
    'runs/sft/metrics.csv',
    'runs/sft/events.out.tfevents.0000000000.distillery',
    'log/001-teacher-sft-step-2.txt',
    'teacher-adapter/README.md',
    'teacher-adapter/adapter_config.json',
  ]);
  // The card of the zip is the run's as it is now, whatever was kept beside the adapter.
  expect(text.get('teacher-adapter/README.md')).toContain('library_name: peft');
  const steps = (text.get('metrics.jsonl') ?? '')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(steps).toEqual(metrics(run));
  expect(steps).toMatchObject([
    { stage: 'sft', step: 1, loss: 2 },
    { stage: 'sft', step: 2, loss: 1, testLoss: 0.5 },
    { subject: 'teacher-sft', step: 2, correct: 1, rows: 2, judged: { judge: 'regex' } },
  ]);
  expect(JSON.parse(text.get('recipe.json') ?? '')).toMatchObject({
    version: 1,
    teacher: 'plain',
    recipe: { sft: { epochs: 4 } },
  });
  expect(text.get('log/001-teacher-sft-step-2.txt')?.split('\n').at(-2)).toBe('准确率：0.5');
});

test('a chart has round numbers, keeps its peaks, and stays small', () => {
  expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticks(0, 337, 6)).toEqual([0, 100, 200, 300]);
  expect(ticks(0, 0.7, 5)).toEqual([0, 0.2, 0.4, 0.6]);
  const values = Array.from({ length: 20_000 }, (_, i) => (i === 12_345 ? 9 : 1));
  const curve = { name: 'a', colour: 'teacher', kind: 'line', values } as const;
  const { text } = chart({ title: 'x', xName: 'step', curves: [curve], label: String });
  const points = /points="([^"]*)"/.exec(text)?.[1]?.split(' ') ?? [];
  expect(points.length).toBeLessThan(700);
  const heights = points.map((point) => Number(point.split(',')[1]));
  expect(Math.min(...heights)).toBeLessThan(0.5 * Math.max(...heights));
  expect(chart({ title: 'x', xName: 'step', curves: [], label: String }).text).toBe('');
});
