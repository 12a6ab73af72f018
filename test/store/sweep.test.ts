// Adapters that no run names are taken away, and never those of a run that is being written.
import { afterEach, expect, test, vi } from 'vitest';
import { browserClaims } from '../../src/store/runs/claims';
import { Shelf } from '../../src/store/runs/shelf';
import { type MemoryStorage, memoryStorage } from '../support/memoryStorage';
import { codes, state, turn } from './bench';
import { begin, kept, reloaded, run, scripts } from './keptRuns';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** `run/folder` of everything that lies in the file system, and `run` of an empty one. */
async function lying({ storage }: MemoryStorage): Promise<readonly string[]> {
  const all = await storage.files.all();
  return all.flatMap(({ run: of, folders }) => (folders.length === 0 ? [of] : folders.map((name) => `${of}/${name}`)));
}

async function lay({ storage }: MemoryStorage, of: string, ...names: readonly string[]): Promise<void> {
  const folder = await storage.files.folder(of);
  for (const name of names) await folder.getDirectoryHandle(name, { create: true });
}

test('what no run names goes when the list is read; what a run names, its own or another’s, stays', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await run(made, 'sft', 'merge', 'distill');
  await run(made, 'distill');
  const [first, second] = kept(memory);
  const named = [
    `${first!.id}/teacher-adapter`,
    `${first!.id}/student-adapter`,
    `${second!.id}/student-adapter`,
  ].toSorted();
  // A crash after the files and before the record; a run of which nothing else is left; a folder that was never filled.
  await lay(memory, second!.id, 'control-adapter');
  await lay(memory, 'gone', 'teacher-adapter', 'student-adapter');
  await lay(memory, 'empty');
  await made.studio.listRuns();
  expect((await lying(memory)).toSorted()).toEqual(named);
  // The teacher's adapter is the second run's too: it outlives the first.
  await made.studio.deleteRun(first!.id);
  expect(await lying(memory)).toEqual(
    expect.arrayContaining([`${first!.id}/teacher-adapter`, `${second!.id}/student-adapter`]),
  );
  expect(await lying(memory)).toHaveLength(2);
  await made.studio.deleteRun(second!.id);
  expect([await lying(memory), kept(memory)]).toEqual([[], []]);
});

test('while another tab has a run, nothing of it goes, and nothing at all when its record cannot be seen yet', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await run(made, 'sft');
  const id = kept(memory)[0]!.id;
  await lay(memory, 'theirs', 'teacher-adapter');
  await lay(memory, 'gone', 'teacher-adapter');
  memory.elsewhere.add('theirs');
  await made.studio.listRuns();
  expect(await lying(memory)).toHaveLength(3);
  memory.tables.get('runs')?.set(JSON.stringify('theirs'), { ...kept(memory)[0], id: 'theirs', adapters: {} });
  await made.studio.listRuns();
  expect(await lying(memory)).toEqual([`${id}/teacher-adapter`, 'theirs/teacher-adapter']);
});

test('while a stage of this page runs, nothing of its run goes', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await run(made, 'sft');
  const id = kept(memory)[0]!.id;
  await lay(memory, id, 'control-adapter');
  made.engine().script = scripts.control;
  const running = made.studio.run('control');
  await turn();
  await made.studio.listRuns();
  expect(await lying(memory)).toContain(`${id}/control-adapter`);
  made.engine().finish({ outcome: 'stopped', steps: 0 });
  await running;
});

test('a record of a newer version keeps what it names, and one without a list of adapters keeps everything', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await lay(memory, 'newer', 'teacher-adapter', 'left-over');
  const adapters = { 'some-adapter': { run: 'newer', folder: 'teacher-adapter', more: 1 } };
  memory.tables.set('runs', new Map([[JSON.stringify('newer'), { version: 2, adapters }]]));
  await made.studio.listRuns();
  expect(await lying(memory)).toEqual(['newer/teacher-adapter']);
  memory.tables.get('runs')?.set(JSON.stringify('newest'), { version: 3 });
  await lay(memory, 'gone', 'teacher-adapter');
  await made.studio.listRuns();
  expect(await lying(memory)).toHaveLength(2);
});

test('an adapter that cannot be taken away keeps nobody from the list, and goes the next time', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  await run(made, 'sft');
  const id = kept(memory)[0]!.id;
  const { remove } = memory.storage.files;
  memory.storage.files.remove = () => Promise.reject(new DOMException('open', 'NoModificationAllowedError'));
  await made.studio.deleteRun(id);
  expect([codes(made.studio), kept(memory), state(made.studio).runs.list]).toEqual([[], [], []]);
  expect(await lying(memory)).toEqual([`${id}/teacher-adapter`]);
  memory.storage.files.remove = remove;
  await reloaded(memory);
  expect(await lying(memory)).toEqual([]);
});

test('a run that another tab went on with after the list was read is neither changed nor deleted', async () => {
  const memory = memoryStorage();
  await run(await begin(memory), 'sft');
  memory.elsewhere.add('desk');
  const { studio } = await reloaded(memory);
  const [only] = kept(memory);
  expect(state(studio).runs.elsewhere).not.toContain(only!.id);
  memory.elsewhere.add(only!.id);
  await studio.deleteRun(only!.id);
  await studio.amendRun(only!.id, { note: 'mine' });
  expect(codes(studio)).toEqual(['desk-elsewhere', 'run-elsewhere']);
  expect(kept(memory)).toEqual([only]);
  expect(await lying(memory)).toHaveLength(1);
});

/** The browser's locks, as far as claims need them: one holder for each name. */
function locks(): LockManager {
  const held = new Map<string, Promise<unknown>>();
  const request = async (name: string, _options: object, hold: () => Promise<unknown>) => {
    while (held.has(name)) await held.get(name);
    const until = hold();
    held.set(name, until);
    await until;
    held.delete(name);
  };
  const query = async () => ({ held: [...held.keys()].map((name) => ({ name })) });
  return { request, query } as unknown as LockManager;
}

test('a claim is one tab’s until it is released; a deleted run is nobody’s', async () => {
  const shared = locks();
  const [one, other] = [browserClaims(shared), browserClaims(shared)];
  expect(await one.claim('a')).toBe(true);
  expect(await one.claim('a')).toBe(true);
  const late = browserClaims({
    ...shared,
    request: () => Promise.reject(new DOMException('late', 'TimeoutError')),
  } as unknown as LockManager);
  expect(await late.claim('a')).toBe(false);
  expect([...(await other.claimed())]).toEqual(['a']);
  one.release('a');
  expect(await other.claim('a')).toBe(true);
  const memory = memoryStorage();
  await new Shelf({ ...memory.storage, claims: other }).remove('a');
  expect([...(await one.claimed())]).toEqual([]);
  // Without locks, this tab is the only one that is known.
  const alone = browserClaims(undefined);
  await alone.claim('b');
  expect([...(await alone.claimed())]).toEqual(['b']);
});
