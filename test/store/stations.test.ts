// The five stations: how far each is, and how long its stages will take.
import { expect, test, vi } from 'vitest';
import { forecast, type StageEnd, stationOf, stationState, stations, stepsOf } from '../../src/store';
import { browserShelf, keepForecast, type PaceShelf, workOf } from '../../src/store/forecast';
import { createSession } from '../../src/store/session';
import { example, facts, modelInfo } from '../support/fakeEngine';
import { started, state } from './bench';

/** A session with both models and `train` and `test` rows; `kept` is what is remembered of paces. */
function session(train: number, testRows: number, kept: Record<string, object> = {}) {
  const store = createSession();
  const shelf: PaceShelf = {
    get: (card) => kept[card] ?? {},
    set: (card, paces) => {
      kept[card] = paces;
    },
  };
  keepForecast(store, shelf);
  const { setGpu, setModel, setData } = store.getState();
  setGpu({ state: 'open', facts });
  setModel('teacher', { info: { ...modelInfo('big'), parameters: 4e6 } });
  setModel('student', { info: { ...modelInfo('small'), parameters: 1e6 } });
  const rows = (count: number) => ({
    dataset: {
      ...{ name: 'rows', problems: [], columns: undefined, files: [] },
      examples: Array.from({ length: count }, (_, i) => example(i + 1)),
    },
  });
  setData('train', rows(train));
  setData('test', rows(testRows));
  return { store, kept };
}

/** Runs the stage for so long, without an engine. */
function ran(
  { store }: ReturnType<typeof session>,
  stage: 'sft' | 'distill',
  milliseconds: number,
  outcome: StageEnd = 'done',
) {
  store.getState().begin(stage);
  store.getState().setStage(stage, { state: outcome, steps: 1, milliseconds });
  store.getState().end(outcome);
}

test('nothing is forecast before the stage has run on the card', () => {
  const { store } = session(100, 10);
  expect(forecast(store.getState(), 'sft')).toBeUndefined();
});

test('a stage takes as long as the last time, by rows, epochs and size; what was stopped says nothing', () => {
  const bench = session(100, 10);
  ran(bench, 'sft', 9000, 'stopped');
  expect(forecast(bench.store.getState(), 'sft')).toBeUndefined();
  ran(bench, 'sft', 8000);
  expect(forecast(bench.store.getState(), 'sft')).toBeCloseTo(8000, 6);
  bench.store.getState().setField('sft.epochs', 3);
  expect(forecast(bench.store.getState(), 'sft')).toBeCloseTo(24_000, 6);
  bench.store.getState().setModel('teacher', { info: { ...modelInfo('huge'), parameters: 8e6 } });
  expect(forecast(bench.store.getState(), 'sft')).toBeCloseTo(48_000, 6);
  expect(forecast(bench.store.getState(), 'distill')).toBeUndefined();
  // Refused, it left the record of the run before: with these settings it has not run.
  const { begin, setStage, end } = bench.store.getState();
  begin('sft');
  setStage('sft', { state: 'done', steps: 1, milliseconds: 8000 });
  end('failed');
  expect(forecast(bench.store.getState(), 'sft')).toBeCloseTo(48_000, 6);
  // Questions on the way take a time that nobody has measured yet.
  bench.store.getState().setField('evaluation.everySteps', 1);
  expect(forecast(bench.store.getState(), 'sft')).toBeUndefined();
});

test('it is remembered by card', () => {
  const first = session(100, 10);
  ran(first, 'distill', 5000);
  const again = session(50, 10, first.kept);
  expect(forecast(again.store.getState(), 'distill')).toBeCloseTo(2500, 6);
  again.store.getState().setGpu({ state: 'open', facts: { ...facts, description: 'another card' } });
  expect(forecast(again.store.getState(), 'distill')).toBeUndefined();
});

test('without rows or models there is no work to forecast, and no steps', () => {
  const empty = createSession().getState();
  expect([workOf(empty, 'sft'), stepsOf(empty, 'sft')]).toEqual([undefined, 0]);
  expect(stepsOf(session(100, 10).store.getState(), 'control')).toBe(Math.ceil(100 / 8));
  expect(stepsOf(session(100, 10).store.getState(), 'merge')).toBe(0);
});

test('what cannot be read or kept is not remembered, and breaks nothing', () => {
  const items = new Map([['distillery.pace card', '{"sft": "fast"}']]);
  const shelf = browserShelf(
    () =>
      ({
        getItem: (key: string) => items.get(key) ?? null,
        setItem: () => {
          throw new Error('full');
        },
      }) as unknown as Storage,
  );
  expect(shelf.get('card')).toEqual({});
  expect(() => shelf.set('card', { sft: { perRow: 1, evaluation: '' } })).not.toThrow();
  expect(browserShelf(() => JSON.parse('{')).get('card')).toEqual({});
});

test('every stage stands at one station, and a station is as far as its stage, or the one of it that runs', async () => {
  vi.useFakeTimers();
  const { studio } = await started();
  vi.useRealTimers();
  expect((['baseline', 'sft', 'merge', 'distill', 'evaluate', 'control'] as const).map(stationOf)).toEqual([
    'sft',
    'sft',
    'merge',
    'distill',
    'distill',
    'distill',
  ]);
  const all = () => stations.map((station) => stationState(state(studio), station));
  expect(all()).toEqual(['done', 'done', 'idle', 'blocked', 'blocked', 'blocked']);
  state(studio).begin('baseline');
  expect(all()[2]).toBe('running');
  state(studio).end('stopped');
  state(studio).setStage('sft', { state: 'done' });
  expect(all().slice(2)).toEqual(['done', 'idle', 'blocked', 'blocked']);
  state(studio).setData('test', { loading: true });
  expect(all()[0]).toBe('running');
});
