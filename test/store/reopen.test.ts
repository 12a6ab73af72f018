// A folder that the studio wrote, opened again: its run in the list, its results on the page where they fit, nothing lost.
import { afterEach, expect, test, vi } from 'vitest';
import { cardFile } from '../../src/engine/takeHome/facts';
import { runFiles } from '../../src/engine/takeHome/files';
import type { Entry, RunRecord, Studio, WholeRun } from '../../src/store';
import { memoryStorage } from '../support/memoryStorage';
import { codes, state, textFile } from './bench';
import { begin, kept, run } from './keptRuns';

afterEach(() => {
  vi.unstubAllGlobals();
});

type Files = Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>;

/** A folder of files by their paths. */
function folder(name: string, files: Files): Entry {
  const names = [...new Set(Object.keys(files).map((path) => path.split('/')[0]!))];
  const below = (own: string): Files =>
    Object.fromEntries(
      Object.entries(files).flatMap(([path, file]) =>
        path.startsWith(`${own}/`) ? [[path.slice(own.length + 1), file]] : [],
      ),
    );
  const entry = (own: string): Entry => {
    const file = files[own];
    if (file === undefined) return folder(own, below(own));
    return { name: own, file: async () => new File([file], own), children: async () => [] };
  };
  return { name, file: undefined, children: async () => names.map(entry) };
}

const adapter = (artifact: string): Files => ({
  [`${artifact}/adapter_config.json`]: '{}',
  [`${artifact}/adapter_model.safetensors`]: 'weights',
  [`${artifact}/${cardFile}`]: '# card',
});
const model = (artifact: string): Files => ({
  [`${artifact}/config.json`]: '{}',
  [`${artifact}/${cardFile}`]: '# card',
});

/** What one studio made and another is to open: a run of the demo pair, and the files about it. */
async function made(change: (record: RunRecord) => RunRecord = (record) => record) {
  const memory = memoryStorage();
  const before = await begin(memory);
  state(before.studio).setField('sft.epochs', 3);
  await run(before, 'baseline', 'sft', 'merge', 'distill', 'evaluate');
  await before.studio.amendRun(kept(memory)[0]!.id, { name: 'mine', note: 'a note' });
  const found = (await before.studio.wholeRun(kept(memory)[0]!.id))!;
  const whole: WholeRun = { ...found, record: change(found.record) };
  const files = Object.fromEntries([...runFiles(whole, { answers: true })].map(({ path, bytes }) => [path, bytes]));
  return { whole, files };
}

const yes = () => true;
const engineCalls = (calls: readonly string[]) =>
  calls.filter((call) => /^(restore|discard|loadA)|loadModel \w+ \w+-/.test(call));
const stagesNow = (studio: Studio) =>
  Object.entries(state(studio).stages).flatMap(([stage, { state: now, steps }]) =>
    now === 'idle' ? [] : [`${stage} ${now} ${steps}`],
  );

test('a run whose models and rows lie on the page is gone on with: curves, answers, settings, note, adapters', async () => {
  const { whole, files } = await made();
  const memory = memoryStorage();
  const { studio, engine } = await begin(memory);
  const there = folder('results', {
    ...files,
    ...adapter('teacher-adapter'),
    ...adapter('student-adapter'),
    ...model('student-distilled'),
  });
  expect(await studio.openRun(there, yes)).toEqual({ name: 'mine', kept: 'new', current: true });
  expect(codes(studio)).toEqual([]);
  expect(stagesNow(studio)).toEqual([
    'baseline done 0',
    'sft done 2',
    'merge past 0',
    'distill done 1',
    'evaluate done 0',
  ]);
  expect(studio.series.snapshot()).toEqual(whole.curves);
  expect(Object.values(state(studio).evaluations).flat()).toEqual(expect.arrayContaining([...whole.evaluations]));
  expect(state(studio).recipe.sft.epochs).toBe(3);
  expect(engineCalls(engine().calls)).toEqual([
    ...['discardAdapter teacher', 'discardAdapter student'],
    ...['restoreResult teacher-adapter teacher-adapter 2', 'restoreResult student-adapter student-adapter 1'],
  ]);
  expect(kept(memory)).toHaveLength(1);
  expect(kept(memory)[0]).toMatchObject({
    id: whole.record.id,
    name: 'mine',
    note: 'a note',
    started: whole.record.started,
  });
  expect(kept(memory)[0]?.adapters['teacher-adapter']).toEqual({
    ...{ run: whole.record.id, folder: 'teacher-adapter', bytes: 9 },
    files: ['adapter_config.json', 'adapter_model.safetensors'],
  });
  expect(state(studio).runs.current).toBe(whole.record.id);
  // Opened once more, it is not there twice.
  expect(await studio.openRun(there, yes)).toEqual({ name: 'mine', kept: 'there', current: true });
  expect(kept(memory)).toHaveLength(1);
  // What is measured from now on belongs to it.
  await run({ studio, engine } as Parameters<typeof run>[0], 'merge');
  expect(kept(memory)).toHaveLength(1);
  expect(kept(memory)[0]?.stages.merge?.state).toBe('done');
});

test('on other rows, an adapter is what training starts from; the run is in the list as it was', async () => {
  const { whole, files } = await made();
  const memory = memoryStorage();
  const { studio, engine } = await begin(memory);
  await studio.loadRows('train', [textFile('other.jsonl', '{"b": 2}')]);
  const there = folder('results', { ...files, ...adapter('teacher-adapter'), ...model('student-distilled') });
  expect(await studio.openRun(there, yes)).toEqual({ name: 'mine', kept: 'new', current: false });
  expect(engineCalls(engine().calls)).toEqual([
    'loadAdapter teacher teacher-adapter',
    'loadModel student student-distilled',
  ]);
  expect(stagesNow(studio)).toEqual([]);
  expect(await studio.wholeRun(whole.record.id)).toMatchObject({
    curves: whole.curves,
    evaluations: whole.evaluations,
  });
  expect(codes(studio)).toEqual([]);
});

test('the folder of a model alone takes the place of its base, and brings the run along', async () => {
  const { whole } = await made();
  const memory = memoryStorage();
  const { studio, engine } = await begin(memory);
  const files = [...runFiles(whole, { artifact: 'teacher-merged', answers: false })];
  const there = Object.fromEntries(files.map(({ path, bytes }) => [path, bytes]));
  expect(await studio.openRun(folder('renamed-by-me', { ...there, 'config.json': '{}' }), yes)).toMatchObject({
    kept: 'new',
  });
  expect(engineCalls(engine().calls)).toEqual(['loadModel teacher renamed-by-me']);
  const evaluations = (await studio.wholeRun(whole.record.id))?.evaluations ?? [];
  expect(evaluations.map(({ rows, answers }) => [rows, answers.length])).toEqual(
    whole.evaluations.map(({ rows }) => [rows, 0]),
  );
});

test('an adapter whose base is not there is said; the run is in the list all the same', async () => {
  const { files } = await made((record) => {
    const teacher = record.models.teacher!;
    return { ...record, models: { teacher: { ...teacher, info: { ...teacher.info, name: 'another' } } } };
  });
  const memory = memoryStorage();
  const { studio, engine } = await begin(memory);
  await studio.openRun(folder('results', { ...files, ...adapter('teacher-adapter') }), yes);
  expect([codes(studio), engineCalls(engine().calls), kept(memory).length]).toEqual([['run-base-missing'], [], 1]);
});

test('what was trained on the page stays when the person says no', async () => {
  const { files } = await made();
  const memory = memoryStorage();
  const bench = await begin(memory);
  await run(bench, 'sft');
  const before = { stages: stagesNow(bench.studio), calls: engineCalls(bench.engine().calls) };
  const asked: string[] = [];
  const no = (what: string) => asked.push(what) < 0;
  const there = folder('results', { ...files, ...adapter('teacher-adapter') });
  expect(await bench.studio.openRun(there, no)).toMatchObject({ kept: 'new', current: false });
  expect(asked).toEqual(['teacher']);
  expect({ stages: stagesNow(bench.studio), calls: engineCalls(bench.engine().calls) }).toEqual(before);
  expect(kept(memory)).toHaveLength(2);
  // Agreed to, the run of the page is still in the list.
  await bench.studio.openRun(there, yes);
  expect(stagesNow(bench.studio)).toContain('sft done 2');
  expect(kept(memory)).toHaveLength(2);
});

test('of a job that was interrupted on the command line, it is said which checkpoint goes on', async () => {
  const { files } = await made();
  const job: Files = {
    'checkpoints/job.json': '{}',
    'checkpoints/sft/a.safetensors': 'a',
    'checkpoints/sft/b.safetensors': 'b',
    'checkpoints/sft/index.json': '{"version":1,"newest":"b.safetensors"}',
  };
  const { studio } = await begin(memoryStorage());
  const said = () => state(studio).notices.map(({ failure }) => [failure.code, failure.detail.file]);
  // Killed in its first stage, it has written nothing else.
  expect(await studio.openRun(folder('results', job), yes)).toBeUndefined();
  expect(said()).toEqual([['run-checkpoint', 'checkpoints/sft/b.safetensors']]);
  expect(await state(studio).notices[0]?.checkpoint?.text()).toBe('b');
  const other = await begin(memoryStorage());
  expect(await other.studio.openRun(folder('results', { ...files, ...job }), yes)).toMatchObject({ kept: 'new' });
  expect(codes(other.studio)).toContain('run-checkpoint');
  // Without an index that can be read, the first that is there.
  const cut: Files = { ...job, 'checkpoints/sft/index.json': '{"vers' };
  await studio.openRun(folder('results', cut), yes);
  expect(said().at(-1)).toEqual(['run-checkpoint', 'checkpoints/sft/a.safetensors']);
  await studio.openRun(folder('results', { 'checkpoints/job.json': '{}' }), yes);
  expect(codes(studio).at(-1)).toBe('folder-no-run');
});

test('no run, a damaged one, one of a newer version, one that is too deep: said, and nothing is changed', async () => {
  const { files } = await made();
  const memory = memoryStorage();
  const { studio } = await begin(memory);
  const refused: readonly (readonly [Files, string])[] = [
    [{ 'readme.txt': '' }, 'folder-no-run'],
    [{ ...files, 'run.json': '{"version": 1}' }, 'run-file-invalid'],
    [{ ...files, 'run.json': 'no' }, 'run-file-invalid'],
    [{ ...files, 'run.json': '{"version": 9}' }, 'run-file-newer'],
    [{ ...files, 'metrics.jsonl': '{"stage": "sft", "step": 1}\n{' }, 'run-file-damaged'],
    [{ ...files, 'evaluations.jsonl': '{"subject": "me"}' }, 'run-file-damaged'],
  ];
  for (const [there, code] of refused) {
    expect(await studio.openRun(folder('x', { ...there, ...adapter('teacher-adapter') }), yes)).toBeUndefined();
    expect(codes(studio).at(-1)).toBe(code);
  }
  expect([kept(memory).length, stagesNow(studio)]).toEqual([0, []]);
});

test('without room or without storage nothing is half kept', async () => {
  const { files } = await made();
  const memory = memoryStorage();
  const { studio } = await begin(memory);
  memory.failure = new Error('disk full');
  const there = folder('results', { ...files, ...adapter('teacher-adapter') });
  expect(await studio.openRun(there, yes)).toBeUndefined();
  expect(codes(studio)).toContain('runs-storage');
  memory.failure = undefined;
  memory.noFiles = true;
  expect(await studio.openRun(there, yes)).toMatchObject({ kept: 'new' });
  expect(codes(studio)).toContain('adapters-unavailable');
  expect(kept(memory)[0]?.adapters).toEqual({});
});
