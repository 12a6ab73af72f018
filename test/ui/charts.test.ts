// Charts without a page: which curves they have, how they are zoomed, steered by keys, labelled, written to files.
import i18next from 'i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSeries, type Series } from '../../src/store';
import { chartCsv } from '../../src/ui/charts/exportCsv';
import { chartSvg } from '../../src/ui/charts/exportSvg';
import { pressed } from '../../src/ui/charts/keys';
import { stageEntries, subjectEntries } from '../../src/ui/charts/legendEntries';
import { furtherMetrics, lossMetric } from '../../src/ui/charts/metrics';
import { accuracyModel, type ChartModel, metricModel } from '../../src/ui/charts/model';
import { liveRun, overlayRuns, type Run, wholeWindow } from '../../src/ui/charts/runs';
import { saidAt, spoken } from '../../src/ui/charts/said';
import { shownOf } from '../../src/ui/charts/shown';
import type { Theme } from '../../src/ui/charts/theme';
import { apartFrom, linearTicks, logTicks, stepTicks, tickTexts } from '../../src/ui/charts/ticks';
import { createView, setAxis, toggle, type ViewStore, windowOf } from '../../src/ui/charts/view';
import { inside, panned, zoomed } from '../../src/ui/charts/zoom';
import type { Translate } from '../../src/ui/i18n';
import { en } from '../../src/ui/i18n/en';
import { evaluationOf, stepOf } from '../support/fakeEngine';

let t: Translate;

beforeAll(async () => {
  const i18n = i18next.createInstance();
  const options = { keySeparator: false, nsSeparator: false, interpolation: { escapeValue: false } } as const;
  t = (await i18n.init({ lng: 'en', defaultNS: 'page', resources: { en: { page: en } }, ...options })) as Translate;
});

function trainedSeries(): Series {
  const series = createSeries(() => {});
  series.addEvaluation('baseline', evaluationOf('teacher-base', 0, 1, 4));
  for (let step = 1; step <= 10; step++) series.addStep('sft', stepOf(step, 1 / step));
  series.addEvaluation('sft', evaluationOf('teacher-sft', 10, 3, 4));
  series.addEvaluation('merge', evaluationOf('teacher-merged', 0, 3, 4));
  return series;
}

function picture(model: ChartModel, runs: readonly Run[], view: ViewStore = createView()) {
  return shownOf(model, view.getState(), windowOf(view.getState(), wholeWindow(runs)), 200);
}

describe('curves of a chart', () => {
  it('are each step, smoothed and on test rows for the loss; one line when nothing is smoothed', () => {
    const runs = [liveRun(trainedSeries())];
    const model = metricModel(lossMetric, runs, t);
    expect(model.curves(0.9).map(({ name, look }) => [name, look])).toEqual([
      ['SFT', 'raw'],
      ['SFT, smoothed', 'line'],
      ['SFT, test', 'test'],
    ]);
    expect(model.curves(0).map(({ look }) => look)).toEqual(['line', 'test']);
    const rate = metricModel(furtherMetrics.find(({ key }) => key === 'learningRate')!, runs, t);
    expect(rate.curves(0.9).map(({ look }) => look)).toEqual(['line']);
    expect(metricModel(furtherMetrics.find(({ key }) => key === 'agreement')!, runs, t).curves(0.9)).toEqual([]);
  });

  it('of accuracy begin untrained, have Wilson’s interval, and end below the teacher’s level', () => {
    const runs = [liveRun(trainedSeries())];
    const model = accuracyModel(runs, t);
    const curves = model.curves(0.9);
    expect(curves.map(({ name, look }) => [name, look])).toEqual([
      ['Teacher, merged', 'level'],
      ['Teacher, SFT', 'points'],
    ]);
    const sft = curves[1]!;
    expect([sft.track.column[0], sft.track.column[10]]).toEqual([0.25, 0.75]);
    expect(sft.interval?.(0)).toMatchObject({ rows: 4, low: expect.closeTo(0.0456, 4) });
    expect(sft.interval?.(5)).toBeUndefined();
    const { rows, y } = picture(model, runs).scene;
    expect(new Set(rows[0])).toEqual(new Set([0.75]));
    expect(y).toEqual([-0.03, 1.03]);
  });

  it('of other runs lie behind, dashed, and the legend switches runs and stages', () => {
    const other = { ...trainedSeries().snapshot() };
    const runs = [liveRun(trainedSeries()), ...overlayRuns([{ id: 'a', name: 'rank 64', data: other }])];
    const model = metricModel(lossMetric, runs, t);
    const names = (view?: ViewStore) => picture(model, runs, view).curves.map(({ name }) => name);
    expect(names()).toEqual(['rank 64: SFT', 'SFT', 'SFT, smoothed', 'SFT, test']);
    expect(model.curves(0.9)[0]?.dash?.length).toBeGreaterThan(0);
    expect(stageEntries(runs, t).map(({ name }) => name)).toEqual(['SFT', 'rank 64']);
    expect(subjectEntries(runs, t).map(({ name }) => name)).toEqual(['Teacher, merged', 'Teacher, SFT', 'rank 64']);
    const view = createView();
    toggle(view, 'run a');
    expect(names(view)).toEqual(['SFT', 'SFT, smoothed', 'SFT, test']);
    toggle(view, 'run a');
    toggle(view, 'sft');
    expect(names(view)).toEqual([]);
  });
});

describe('the window', () => {
  const whole = { from: 0, to: 100 };

  it('stays around the cursor, inside of what there is, and is all of it when it would be larger', () => {
    expect(zoomed(whole, whole, 0.5, 100)).toEqual({ from: 50, to: 100 });
    expect(zoomed(whole, whole, 0.5)).toEqual({ from: 25, to: 75 });
    expect(zoomed({ from: 25, to: 75 }, whole, 2)).toBeUndefined();
    expect(zoomed({ from: 25, to: 75 }, whole, 1e-6, 50)).toEqual({ from: 48, to: 52 });
    expect(panned({ from: 50, to: 100 }, whole, 0.5)).toEqual({ from: 50, to: 100 });
    expect(panned({ from: 50, to: 100 }, whole, -0.5)).toEqual({ from: 25, to: 75 });
    expect(inside({ from: -5, to: 10 }, whole)).toEqual({ from: 0, to: 15 });
  });

  it('beyond the end of curves that were cleared shows what there is', () => {
    const view = { ...createView().getState(), window: { from: 200, to: 300 } };
    expect(windowOf(view, whole)).toBe(whole);
    expect(windowOf({ ...view, window: { from: 20, to: 30 } }, whole)).toEqual({ from: 20, to: 30 });
  });
});

describe('keys', () => {
  function keyed(stride = 1) {
    const runs = [liveRun(trainedSeries())];
    const view = createView();
    const model = accuracyModel(runs, t);
    const whole = () => wholeWindow(runs);
    const window = () => windowOf(view.getState(), whole());
    const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
      pressed({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more } as KeyboardEvent, {
        view,
        window,
        whole,
        stride: () => stride,
        curves: () => model.curves(0),
      });
    return { press, view };
  }

  it('move the cursor from point to point, and stop at the ends', () => {
    const { press, view } = keyed();
    const at = (key: string) => (press(key) ? view.getState().cursor : 'not ours');
    expect(['ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowLeft', 'End', 'Home', 'a'].map(at)).toEqual([
      0,
      10,
      10,
      0,
      10,
      0,
      'not ours',
    ]);
  });

  it('zoom around the cursor, move the window, and show everything again', () => {
    const { press, view } = keyed();
    press('End');
    press('+');
    expect(view.getState().window).toEqual({ from: 5, to: 10 });
    press('ArrowLeft', { shiftKey: true });
    expect(view.getState().window).toEqual({ from: 4, to: 9 });
    press('0');
    expect(view.getState().window).toBeUndefined();
    expect(press('+', { ctrlKey: true })).toBe(false);
  });
});

describe('words at the cursor', () => {
  it('name each curve with its value, the raw one and the test rows beside it', () => {
    const runs = [liveRun(trainedSeries())];
    const model = metricModel(lossMetric, runs, t);
    const [said] = saidAt(picture(model, runs), 10, 'number', t);
    expect(said).toMatchObject({ beside: '(0.100) test 0.500', sure: '' });
    expect(spoken(picture(model, runs), 10, 'number', t)).toMatch(
      /^Step 10 · SFT, smoothed 0\.\d+ \(0\.100\) test 0\.500$/,
    );
  });

  it('say the newest accuracy with its rows and interval', () => {
    const runs = [liveRun(trainedSeries())];
    const text = spoken(picture(accuracyModel(runs, t), runs), 7, 'share', t);
    expect(text).toBe('Step 7 · Teacher, merged 75.0% · Teacher, SFT 25.0% n = 4, 95 %: 4.6% to 69.9%');
  });
});

describe('axes', () => {
  it('have round numbers, whole steps, and powers of ten', () => {
    expect(linearTicks(0.13, 0.92, 4)).toEqual([0.2, 0.4, 0.6, 0.8]);
    expect(stepTicks(0, 3, 8)).toEqual([0, 1, 2, 3]);
    expect(stepTicks(0, 100_000, 5)).toEqual([0, 20_000, 40_000, 60_000, 80_000, 100_000]);
    expect(logTicks(0.02, 3, 5)).toEqual([0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]);
    expect(logTicks(1e-6, 1e3, 3)).toEqual([1e-6, 1e-3, 1, 1e3]);
    expect(logTicks(0.3, 0.5, 2)).toEqual([0.3, 0.4, 0.5]);
  });

  it('are written with the decimals that matter', () => {
    expect(tickTexts([0, 0.05, 0.1], 'number', false)).toEqual(['0', '0.05', '0.10']);
    expect(tickTexts([0.1, 1, 10], 'number', true)).toEqual(['0.1', '1.0', '10.0']);
    expect(tickTexts([0, 0.5, 1], 'share', false)).toEqual(['0%', '50%', '100%']);
    expect(tickTexts([0, 1e-4, 2e-4], 'number', false)).toEqual(['0', '1e-4', '2e-4']);
    expect(tickTexts([20_000, 40_000], 'number', false)).toEqual(['20k', '40k']);
  });

  it('keep names apart, in place where there is room', () => {
    expect(apartFrom([10, 50], 10, [0, 100])).toEqual([10, 50]);
    expect(apartFrom([10, 12, 14], 10, [0, 100])).toEqual([10, 20, 30]);
    expect(apartFrom([95, 96, 97], 10, [0, 100])).toEqual([80, 90, 100]);
  });
});

describe('files', () => {
  const theme: Theme = {
    ...{ text: '#111', strong: '#000', grid: '#ccc', surface: '#fff', family: '"A & B", serif' },
    colour: (name) => `colour-${name}`,
  };

  it('are a table of the steps in sight, with rows and interval of an accuracy', () => {
    const runs = [liveRun(trainedSeries())];
    const { curves } = picture(accuracyModel(runs, t), runs);
    const lines = chartCsv('step', curves, { from: 0, to: 10 }).trimEnd().split('\n');
    expect(lines[0]).toBe(
      'step,"Teacher, merged","Teacher, SFT","Teacher, SFT n","Teacher, SFT 95% low","Teacher, SFT 95% high"',
    );
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 4).join())).toEqual(['0,0.75,0.25,4', '10,,0.75,4']);
  });

  it('are a picture of real paths through the same points, on a log axis too', () => {
    const runs = [liveRun(trainedSeries())];
    const model = metricModel(lossMetric, runs, t);
    const view = createView();
    setAxis(view, 'loss', { log: true });
    const svg = chartSvg(model, picture(model, runs, view), theme, 'step');
    expect(svg).toContain('font-family="&quot;A &amp; B&quot;, serif"');
    expect(svg).not.toContain('NaN');
    const raw = /<path d="(M[^"]*)" stroke="colour-teacher" stroke-width="1" fill="none" stroke-opacity="0\.3"/.exec(
      svg,
    );
    const points = raw![1]!
      .slice(1)
      .split('L')
      .map((point) => point.split(' ').map(Number) as [number, number]);
    expect(points).toHaveLength(10);
    // 1, 1/2, 1/4, 1/8 are as far from each other as any factor of two on a log axis.
    const heights = [1, 2, 4, 8].map((step) => points[step - 1]![1]);
    const gaps = heights.slice(1).map((height, i) => height - heights[i]!);
    for (const gap of gaps) expect(gap).toBeCloseTo(gaps[0]!, 0);
    expect(gaps[0]).toBeGreaterThan(10);
    expect(svg.match(/<circle/g)).toHaveLength(1);
  });
});
