/** Written models in the browser's storage: what is whole is listed, what was left behind goes, what is being written stays. */
import { expect, it } from 'vitest';
import { createExports } from '../../src/store/exports';
import { createSession } from '../../src/store/session';
import type { Exported } from '../../src/store/types';

type Tree = Map<string, Tree | string>;

const tree = (entries: Readonly<Record<string, Tree | string>>): Tree => new Map(Object.entries(entries));

const gone = () => new DOMException('it is not there', 'NotFoundError');

/** A folder as the browser gives it, of names and texts; a file called `gone` was deleted after it was listed. */
function handleOf(name: string, files: Tree): FileSystemDirectoryHandle {
  const child = (key: string, value: Tree | string): unknown =>
    typeof value === 'string' ? { kind: 'file', name: key, getFile: () => fileOf(key, value) } : handleOf(key, value);
  const handle = {
    ...{ kind: 'directory', name },
    entries: async function* () {
      for (const [key, value] of [...files]) yield [key, child(key, value)];
    },
    values: async function* () {
      for (const [key, value] of [...files]) yield child(key, value);
    },
    getDirectoryHandle: async (key: string) => {
      const below = files.get(key) ?? tree({});
      files.set(key, below);
      return handleOf(key, below as Tree);
    },
    removeEntry: async (key: string) => {
      if (!files.delete(key)) throw gone();
    },
  };
  return handle as unknown as FileSystemDirectoryHandle;
}

async function fileOf(name: string, text: string): Promise<File> {
  if (name === 'gone') throw gone();
  return new File([text], name, { lastModified: 5 });
}

/** The browser's locks of one name, as far as they are used. */
function locksOf(): Pick<LockManager, 'request'> {
  let shared = 0;
  const request = async (_: string, how: LockOptions, work: (lock: unknown) => unknown) => {
    if (how.ifAvailable) return work(shared > 0 ? null : {});
    shared += 1;
    try {
      return await work({});
    } finally {
      shared -= 1;
    }
  };
  return { request } as unknown as Pick<LockManager, 'request'>;
}

function bench() {
  const whole = tree({ 'config.json': '{}', onnx: tree({ 'model.onnx': '12345' }) });
  const stored = tree({ exports: tree({ whole, half: tree({ 'model.safetensors': 'abc' }) }) });
  const session = createSession();
  const locks = locksOf();
  const tab = () => createExports(session, { root: async () => handleOf('', stored), locks: () => locks });
  const names = () => [...(stored.get('exports') as Tree).keys()];
  return { session, tab, names, stored };
}

it('lists what is whole, with every file below it, and takes away what was left half', async () => {
  const { session, tab, names } = bench();
  await tab().listExports();
  expect(session.getState().exports).toMatchObject([
    {
      ...{ name: 'whole', where: 'browser', bytes: 7, saved: 5 },
      files: [
        { path: 'config.json', bytes: 2 },
        { path: 'onnx/model.onnx', bytes: 5 },
      ],
    },
  ]);
  expect(names()).toEqual(['whole']);
});

it('leaves alone what another tab is writing', async () => {
  const { session, tab, names } = bench();
  const [one, other] = [tab(), tab()];
  const written = await one.whileWriting(async () => {
    await other.listExports();
    return 'written';
  });
  expect(written).toBe('written');
  expect(names()).toEqual(['whole', 'half']);
  expect(session.getState().exports?.map(({ name }) => name)).toEqual(['whole']);
  await other.listExports();
  expect(names()).toEqual(['whole']);
});

it('is empty, and says nothing, where the browser gives no storage', async () => {
  const session = createSession();
  const exports = createExports(session, {
    root: () => Promise.reject(new DOMException('no', 'SecurityError')),
    locks: locksOf,
  });
  await exports.listExports();
  expect(session.getState()).toMatchObject({ exports: [], notices: [] });
});

it('forgets a deleted one, and a picked folder without touching it', async () => {
  const { session, tab, names } = bench();
  const exports = tab();
  await exports.listExports();
  await exports.addExport(handleOf('mine', tree({ 'config.json': '{}' })));
  expect(session.getState().exports?.map(({ where }) => where)).toEqual(['folder', 'browser']);
  for (const exported of session.getState().exports!) await exports.deleteExport(exported);
  expect(session.getState().exports).toEqual([]);
  expect(names()).toEqual([]);
});

it('forgets one that another tab has deleted, and says nothing', async () => {
  const { session, tab, names } = bench();
  const exports = tab();
  await exports.listExports();
  const [exported] = session.getState().exports!;
  await tab().deleteExport(exported!);
  // It is on the list of this tab all the same.
  session.getState().setExports([exported!]);
  await exports.deleteExport(exported!);
  expect(session.getState()).toMatchObject({ exports: [], notices: [] });
  expect(names()).toEqual([]);
});

it('lists the others while one is being deleted elsewhere', async () => {
  const { session, tab, stored } = bench();
  (stored.get('exports') as Tree).set('going', tree({ 'config.json': '{}', gone: '' }));
  await tab().listExports();
  expect(session.getState().exports?.map(({ name }) => name)).toEqual(['whole']);
});

it('knows one again when the list is read anew, and forgets it by what it is', async () => {
  const { session, tab } = bench();
  const exports = tab();
  await exports.listExports();
  const [first] = session.getState().exports!;
  await exports.listExports();
  expect(session.getState().exports![0]).toBe(first);
  await exports.deleteExport({ ...first! });
  expect(session.getState().exports).toEqual([]);
});

it('says of one that is gone that it is gone, whoever asks for its files', async () => {
  const { session, tab } = bench();
  const exports = tab();
  await exports.addExport(handleOf('mine', tree({ 'config.json': '{}' })));
  const [mine] = session.getState().exports!;
  const moved: Exported = { ...mine!, folder: handleOf('mine', tree({ gone: '' })) };
  await expect(exports.exportFiles(moved)).rejects.toMatchObject({ code: 'export-gone', detail: { name: 'mine' } });
  expect(await exports.zipExport(moved)).toBeUndefined();
  expect(session.getState().notices.map(({ failure }) => failure.code)).toEqual(['export-gone']);
  // Negative control: one that is there.
  expect(await exports.exportFiles(mine!)).toHaveLength(1);
  expect(await exports.zipExport(mine!)).toBeInstanceOf(ReadableStream);
});
