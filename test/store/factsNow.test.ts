// What the files about the results are written from, with and without a browser that keeps runs.
import { expect, test } from 'vitest';
import { modelCard } from '../../src/engine/takeHome/card/card';
import { adapterForms } from '../../src/engine/takeHome/facts';
import { factsNow } from '../../src/store/runs/factsNow';
import { keptRun } from '../support/keptRun';
import { memoryStorage } from '../support/memoryStorage';
import { type Bench, started, state } from './bench';
import { begin, kept, run } from './keptRuns';

const page = ({ studio }: Bench) => ({
  store: studio.session,
  series: studio.series,
  held: () => ({
    models: { teacher: { source: { kind: 'files', name: 'big', files: [] }, demo: false } as const },
    rows: { train: { name: 'train.jsonl', files: [{ name: 'train.jsonl', file: new Blob(['{}']) }], demo: true } },
    changes: { division: undefined, edits: { done: [], undone: [] } },
  }),
  now: () => 1000,
});

test('the run that is kept is what is told', async () => {
  const whole = keptRun();
  expect(await factsNow(page(await started()), { whole: () => whole })).toBe(whole);
});

test('where nothing is kept, the page knows enough for a card', async () => {
  const bench = await started();
  state(bench.studio).setField('seed', 9);
  await run(bench, 'sft');
  const facts = await factsNow(page(bench), undefined);
  expect(facts.record.stages.sft).toMatchObject({ state: 'done', steps: 2, totalSteps: 4 });
  // SHA-256 of "{}".
  expect(facts.record.data.train?.fingerprint).toMatch(/^44136fa355b3/);
  expect(facts.curves).toEqual(bench.studio.series.snapshot());
  const card = modelCard(facts, { artifact: 'teacher-adapter', forms: adapterForms });
  for (const said of ['# big: LoRA adapter', '"seed": 9', '1 of 2', '| sft | 2 of 4 |']) expect(card).toContain(said);
});

test('steps that were to be are kept with the run, and go with the ones that replace them', async () => {
  const memory = memoryStorage();
  const bench = await begin(memory);
  await run(bench, 'sft');
  expect(kept(memory).at(-1)?.stages.sft).toMatchObject({ steps: 2, totalSteps: 4 });
  await run(bench, 'merge');
  expect(kept(memory).at(-1)?.stages.merge?.totalSteps).toBeUndefined();
});
