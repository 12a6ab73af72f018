// What lies on the page between two visits: nothing of it is lost to storage that refuses, to another tab, or to a bad day.
import { afterEach, expect, test, vi } from 'vitest';
import { memoryStorage } from '../support/memoryStorage';
import { codes, state, textFile, turn } from './bench';
import { begin, kept, reloaded, run, stagesOf } from './keptRuns';

afterEach(() => {
  vi.unstubAllGlobals();
});

test('a desk that cannot be read is said, and left as it is for the next visit; runs are kept all the same', async () => {
  const memory = memoryStorage();
  const before = await begin(memory);
  await before.studio.loadRows('train', [textFile('mine.jsonl', '{"a": 1}')]);
  await run(before, 'sft');
  const lies = () => [memory.tables.get('desk'), memory.tables.get('rows')].map((table) => [...(table ?? [])]);
  const lay = lies();
  memory.readFailure = new DOMException('the disk is tired', 'UnknownError');
  const made = await reloaded(memory);
  memory.readFailure = undefined;
  expect(codes(made.studio)).toEqual(['desk-not-read']);
  state(made.studio).setField('sft.epochs', 7);
  await run(made, 'baseline');
  expect(lies()).toEqual(lay);
  expect(kept(memory).map(stagesOf)).toEqual([['sft'], ['baseline']]);
  const { studio } = await reloaded(memory);
  expect([state(studio).data.train.dataset?.name, state(studio).stages.sft.state]).toEqual(['mine.jsonl', 'done']);
});

test('rows that cannot be read are said by their name, and what was changed of rows stops nothing', async () => {
  const memory = memoryStorage();
  const before = await begin(memory);
  await before.studio.loadRows('train', [textFile('mine.jsonl', '{"a": 1}')]);
  await turn();
  const { get } = memory.storage.tables;
  memory.storage.tables.get = (table, key) => (key === 'train' ? Promise.reject(new Error('lost')) : get(table, key));
  const { studio } = await reloaded(memory);
  expect(state(studio).notices.map(({ failure }) => [failure.code, failure.detail])).toEqual([
    ['rows-not-read', { name: 'mine.jsonl', reason: 'lost' }],
  ]);
  memory.storage.tables.get = (table, key) => (key === 'changes' ? Promise.reject(new Error('lost')) : get(table, key));
  const { studio: third } = await reloaded(memory);
  expect([codes(third), state(third).gpu.state]).toEqual([['desk-not-read'], 'open']);
});

test('what is typed while models are loaded again is kept', async () => {
  const memory = memoryStorage();
  await begin(memory);
  const made = await reloaded(memory, ({ studio, engine }) => {
    studio.session.subscribe(({ gpu }) => {
      if (gpu.state === 'open') engine().loadModel = () => new Promise(() => {});
    });
    // Never ends: the page is closed before.
    const { start } = studio;
    Object.assign(studio, { start: async () => void start() });
  });
  await turn();
  await turn();
  state(made.studio).setField('sft.epochs', 7);
  await turn();
  expect(memory.tables.get('desk')?.get(JSON.stringify('desk'))).toMatchObject({ recipe: { sft: { epochs: 7 } } });
});

test('a second tab says that what is set up in it is not kept', async () => {
  const memory = memoryStorage();
  memory.elsewhere.add('desk');
  const { studio } = await begin(memory);
  expect(codes(studio)).toEqual(['desk-elsewhere']);
});

test('a tab that is looked at again knows the runs that another has made or deleted meanwhile', async () => {
  const memory = memoryStorage();
  const heard = new EventTarget();
  vi.stubGlobal('addEventListener', heard.addEventListener.bind(heard));
  const { studio } = await reloaded(memory);
  vi.stubGlobal('addEventListener', undefined);
  memory.elsewhere.add('desk');
  await run(await begin(memory), 'sft');
  expect(state(studio).runs.list).toEqual([]);
  heard.dispatchEvent(new Event('focus'));
  await turn();
  expect(state(studio).runs.list.map(({ id }) => id)).toEqual(kept(memory).map(({ id }) => id));
});

test('edits of rows that cannot be had this time are made again the next time, unless others take their place', async () => {
  const memory = memoryStorage();
  const before = await begin(memory);
  const [row] = state(before.studio).data.train.dataset?.examples ?? [];
  await before.studio.editRows('train', [{ place: { line: row!.line }, row: { ...row!, answer: 'mine' } }]);
  await turn();
  const offline = ({ studio }: Awaited<ReturnType<typeof begin>>) => {
    const { start } = studio;
    // After the page’s own answers were set up.
    Object.assign(studio, {
      start: () => {
        vi.stubGlobal('fetch', () => Promise.reject(new Error('offline')));
        return start();
      },
    });
  };
  const second = await reloaded(memory, offline);
  await turn();
  expect([codes(second.studio)[0], state(second.studio).data.train.dataset]).toEqual(['demo-not-fetched', undefined]);
  const { studio } = await reloaded(memory);
  expect(state(studio).data.train.dataset?.examples[0]?.answer).toBe('mine');
  expect(state(studio).edits.done).toHaveLength(1);
  const fourth = await reloaded(memory, offline);
  await fourth.studio.loadRows('train', [textFile('other.jsonl')]);
  await turn();
  const last = await reloaded(memory);
  expect(state(last.studio).edits.done).toEqual([]);
});
