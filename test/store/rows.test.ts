// Rows as a person handles them: several files, columns to choose, the division of own rows, edits and their undoing.
import { expect, test } from 'vitest';
import { parseJsonl } from '../../src/engine/data/jsonl';
import { bySplit, looksLikeRows, placeKey, withTexts } from '../../src/store';
import { jsonlOf } from '../../src/store/rowText';
import type { Split } from '../../src/store/types';
import { example } from '../support/fakeEngine';
import { type Bench, codes, started, state, textFile, turn } from './bench';

const lines = ({ studio }: Bench, split: Split) => state(studio).data[split].dataset?.examples.map(placeKey);
const edited = { ...example(2), answer: 'new' };

async function own(): Promise<Bench> {
  const made = await started();
  await made.studio.loadRows('train', [textFile('mine.jsonl')]);
  return made;
}

test('own training rows are divided instead of being tested on the demo’s; own test rows make them whole again', async () => {
  const bench = await own();
  const { studio, engine } = bench;
  expect(engine().calls).toContain('divideRows 0.1 42');
  expect(state(studio).division).toEqual({ share: 0.1, seed: 42, edits: [] });
  expect([lines(bench, 'train'), lines(bench, 'test')]).toEqual([[1, 3], [2]]);
  engine().drawn = [0, 2];
  await studio.divideRows(0.6);
  expect([lines(bench, 'train'), lines(bench, 'test')]).toEqual([[2], [1, 3]]);
  expect(state(studio).division).toEqual({ share: 0.6, seed: 42, edits: [] });
  await studio.loadRows('test', [textFile('held.jsonl')]);
  expect(state(studio).division).toBeUndefined();
  expect([lines(bench, 'train'), lines(bench, 'test')]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  // There is something of one's own to test on: other training rows stay whole.
  await studio.loadRows('train', [textFile('more.jsonl')]);
  expect([state(studio).division, state(studio).data.test.dataset?.name]).toEqual([undefined, 'held.jsonl']);
});

test('rows of a single question cannot be divided, and stay as they are', async () => {
  const { studio, engine } = await started();
  engine().drawn = [];
  await studio.loadRows('train', [textFile('mine.jsonl')]);
  expect([state(studio).division, state(studio).data.test.demo]).toEqual([undefined, true]);
});

test('dividing undoes what was trained and measured', async () => {
  const { studio, engine } = await own();
  const run = studio.run('baseline');
  await turn();
  await studio.divideRows(0.2);
  expect(codes(studio)).toEqual(['busy-load']);
  engine().finish({ outcome: 'done', steps: 0 });
  await run;
  await studio.divideRows(0.2);
  expect(state(studio).stages.baseline.state).toBe('idle');
});

test('rows are edited, deleted, and all of it undone and done again, in the engine as on the page', async () => {
  const bench = await started();
  const { studio, engine } = bench;
  const answers = () => state(studio).data.train.dataset?.examples.map(({ answer }) => answer);
  await studio.editRows('train', [{ place: { line: 2 }, row: edited }]);
  await studio.editRows(
    'train',
    [1, 3].map((line) => ({ place: { line }, row: undefined })),
  );
  expect(answers()).toEqual(['new']);
  await studio.undoEdit();
  expect(answers()).toEqual(['a1', 'new', 'a3']);
  await studio.undoEdit();
  await studio.undoEdit();
  expect(answers()).toEqual(['a1', 'a2', 'a3']);
  await studio.redoEdit();
  expect(answers()).toEqual(['a1', 'new', 'a3']);
  expect(engine().calls.filter((call) => call.startsWith('edit'))).toEqual([
    'editRows train 2 new',
    'editRows train 1 undefined,3 undefined',
    'editRows train 1 a1,3 a3',
    'editRows train 2 a2',
    'editRows train 2 new',
  ]);
  // Another edit takes another way: what was undone cannot be done again.
  await studio.editRows('train', [{ place: { line: 1 }, row: undefined }]);
  expect(state(studio).edits.undone).toEqual([]);
  expect(state(studio).edits.done).toHaveLength(2);
});

test('an edit of a training row undoes SFT, one of a test row only what was measured', async () => {
  const { studio, engine } = await started();
  const run = studio.run('sft');
  await turn();
  engine().finish({ outcome: 'done', steps: 4 });
  await run;
  await studio.editRows('test', [{ place: { line: 2 }, row: edited }]);
  expect(state(studio).stages.sft.state).toBe('done');
  await studio.editRows('train', [{ place: { line: 2 }, row: edited }]);
  expect(state(studio).stages.sft.state).toBe('idle');
});

test('a refused edit changes nothing', async () => {
  const bench = await started();
  bench.engine().failure = new Error('no');
  await bench.studio.editRows('train', [{ place: { line: 2 }, row: undefined }]);
  expect(lines(bench, 'train')).toEqual([1, 2, 3]);
  expect(state(bench.studio).edits.done).toEqual([]);
  expect(codes(bench.studio)).toEqual(['data-load']);
});

test('other rows forget the edits of the rows before', async () => {
  const { studio } = await started();
  await studio.editRows('train', [{ place: { line: 2 }, row: edited }]);
  await studio.editRows('test', [{ place: { line: 2 }, row: edited }]);
  // Divided rows have the places of the training file: an edit of the test rows before would hit one of them.
  await studio.loadRows('train', [textFile('mine.jsonl')]);
  expect(state(studio).edits.done).toEqual([]);
});

test('a new engine gets the division and the edits of the one before', async () => {
  const bench = await own();
  const { studio, engine, lose } = bench;
  await studio.editRows('test', [{ place: { line: 2 }, row: edited }]);
  lose({ code: 'worker-crash', message: 'gone', detail: { reason: 'gone' } });
  await turn();
  await studio.restart();
  expect(engine().calls.slice(1, 4)).toEqual([
    'loadData train mine.jsonl',
    'divideRows 0.1 42',
    'editRows train 2 new',
  ]);
  expect([lines(bench, 'train'), lines(bench, 'test')]).toEqual([[1, 3], [2]]);
  expect(state(studio).data.test.dataset?.examples[0]?.answer).toBe('new');
  await studio.undoEdit();
  expect(state(studio).data.test.dataset?.examples[0]?.answer).toBe('a2');
});

test('columns that nobody knows are asked for; the rows before stay until they are chosen', async () => {
  const { studio, engine } = await started();
  const columns = { names: ['frage', 'antwort'], samples: [], mapping: undefined, conversations: false, table: false };
  const { loadData } = engine();
  const mappings: unknown[] = [];
  engine().loadData = async (split, name, file, options) => {
    mappings.push(options?.mapping);
    if (options?.mapping) return loadData(split, name, file);
    const problems = [{ line: 1, code: 'field-missing', message: 'no', detail: {} }];
    return { name, examples: [], problems, columns };
  };
  await studio.loadRows('train', [textFile('mine.jsonl')]);
  expect(state(studio).mapping).toEqual({ split: 'train', name: 'mine.jsonl', columns });
  expect([codes(studio), state(studio).data.train.dataset?.name]).toEqual([[], 'train.jsonl']);
  const mapping = { question: 'frage', answer: 'antwort' };
  await studio.mapColumns('train', mapping);
  expect(state(studio).mapping).toBeUndefined();
  expect(state(studio).data.train.dataset?.name).toBe('mine.jsonl');
  // Chosen again later, of the rows that are open.
  await studio.mapColumns('train', { ...mapping, input: 'mehr' });
  expect(mappings).toEqual([undefined, mapping, { ...mapping, input: 'mehr' }]);
});

test('several files are one set of rows, in the order of their names; named files find their split', async () => {
  const { studio, engine } = await started();
  await studio.loadRows('test', [textFile('part10.jsonl'), textFile('part9.csv')]);
  expect(engine().calls.at(-1)).toBe('loadData test part9.csv, part10.jsonl');
  const names = (dropped: string[], shown: Split) =>
    Object.fromEntries(
      Object.entries(
        bySplit(
          dropped.map((name) => textFile(name)),
          shown,
        ),
      ).map(([split, list]) => [split, list.map(({ name }) => name)]),
    );
  expect(names(['eval.csv', 'Train-v2.csv'], 'train')).toEqual({ train: ['Train-v2.csv'], test: ['eval.csv'] });
  expect(names(['训练集.jsonl', '测试集.jsonl', 'x.jsonl'], 'test')).toEqual({
    train: ['训练集.jsonl'],
    test: ['测试集.jsonl', 'x.jsonl'],
  });
  // One name alone says nothing about where a person wants it, and a word within a word is none.
  expect(names(['test.csv'], 'train')).toEqual({ train: ['test.csv'] });
  expect(names(['constraint.csv', 'latest.csv'], 'test')).toEqual({ test: ['constraint.csv', 'latest.csv'] });
});

test.each([
  ['[{"question": "1"}]', true],
  ['{"question": "1"}\n{"question": "2"}', true],
  ['{"version": 1, "recipe": {}}', false],
  ['{\n  "version": 1\n}', false],
  ['', false],
])('%j looks like rows: %s', async (text, expected) => {
  expect(await looksLikeRows(new File([text], 'x.json'))).toBe(expected);
});

test('what is exported is read again as the same rows', async () => {
  const text = [
    '{"instruction":"1","input":"2","output":"3"}',
    '{"system":"s","question":"q","answer":"a\\nb"}',
    '{"messages":[{"role":"user","content":"q1"},{"role":"assistant","content":"a1"},{"role":"user","content":"q2"},{"role":"assistant","content":"a2"}]}',
  ].join('\n');
  const { examples } = parseJsonl(new TextEncoder().encode(text));
  const exported = new Uint8Array(await (await jsonlOf(examples)).arrayBuffer());
  expect(parseJsonl(exported)).toMatchObject({ examples, problems: [] });
});

test('texts of a row are replaced message by message, and never by nothing', () => {
  expect(withTexts(example(1), ['q', 'a'])).toMatchObject({ line: 1, question: 'q', answer: 'a' });
  expect(withTexts(example(1), ['q', ' '])).toBeUndefined();
  expect(withTexts(example(1), ['', 'a'])).toBeUndefined();
});

test('two steps that are undone at once are both undone', async () => {
  const { studio } = await started();
  for (const line of [1, 2]) await studio.editRows('train', [{ place: { line }, row: { ...edited, line } }]);
  const [first, second] = state(studio).edits.done;
  await Promise.all([studio.undoEdit(), studio.undoEdit()]);
  expect(state(studio).edits).toEqual({ done: [], undone: [second, first] });
});

test('own test rows that are still being opened are not replaced by a part of the training rows', async () => {
  const { studio, engine } = await started();
  await Promise.all([
    studio.loadRows('train', [textFile('mine.jsonl')]),
    studio.loadRows('test', [textFile('held.jsonl')]),
  ]);
  expect(engine().calls.some((call) => call.startsWith('divideRows'))).toBe(false);
  expect(state(studio).data.test.dataset?.name).toBe('held.jsonl');
});

test('edits under a division stay with the training rows when own test rows come', async () => {
  const { studio } = await started();
  await studio.loadRows('train', [textFile('mine.jsonl')]);
  await studio.editRows('test', [{ place: { line: 2 }, row: edited }]);
  await studio.loadRows('test', [textFile('held.jsonl')]);
  expect(state(studio).division).toBeUndefined();
  expect(state(studio).edits.done.map(({ split }) => split)).toEqual(['train']);
});
