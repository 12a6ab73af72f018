import { mkdir, mkdtemp, open, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobSource } from '../../src/engine/formats/folder';
import { modelFolder, rowsFile } from '../../src/headless/files';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The only file of a folder of its own. */
async function only(name: string, write: (path: string) => Promise<void>): Promise<File> {
  const own = join(folder, name);
  await mkdir(own);
  await write(join(own, name));
  const source = await modelFolder(own);
  if (source.kind !== 'files') throw new Error(source.kind);
  expect(source.files.map((file) => file.name)).toEqual([name]);
  return source.files[0]!;
}

const bytes = Uint8Array.from({ length: 40 }, (_, i) => i + 1);

describe('a file on disk', () => {
  it('is read like a browser’s file, whole and in parts', async () => {
    const file = await only('small', (path) => writeFile(path, bytes));
    expect(file.size).toBe(40);
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(bytes);
    expect(await file.slice(32, 36).text()).toBe('!"#$');
    expect(new Uint8Array(await file.slice(30).slice(2, 99).arrayBuffer())).toEqual(bytes.slice(32));
    expect(new Uint8Array(await new Response(file.slice(3, 9).stream()).arrayBuffer())).toEqual(bytes.slice(3, 9));
  });

  it('of more than 4 GiB is as large as it is, and read where asked', async () => {
    const end = 5 * 2 ** 30;
    const file = await only('large', async (path) => {
      const handle = await open(path, 'w');
      await handle.write(bytes, 0, bytes.length, end - bytes.length);
      await handle.close();
    });
    expect(file.size).toBe(end);
    const source = blobSource(file.name, file);
    const start = end - bytes.length;
    expect(await source.read(start, start + 10)).toEqual(bytes.slice(0, 10));
    expect(await source.read(start + 7, end, new ArrayBuffer(64))).toEqual(bytes.slice(7));
    expect(await source.read(0, 4, new ArrayBuffer(4))).toEqual(new Uint8Array(4));
  });

  it('that became shorter gives what it has', async () => {
    let place = '';
    const file = await only('shorter', async (path) => {
      place = path;
      await writeFile(path, bytes);
    });
    await truncate(place, 10);
    expect(await blobSource('shorter', file).read(4, 40)).toEqual(bytes.slice(4, 10));
    expect(await blobSource('shorter', file).read(4, 40, new ArrayBuffer(36))).toEqual(bytes.slice(4, 10));
  });

  it('may be a link, as in the cache of the Hub’s own tools', async () => {
    const blob = join(folder, 'blob');
    await writeFile(blob, bytes);
    const file = await only('linked', (path) => symlink(blob, path));
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(bytes);
  });
});

it('a file of rows is read as it is, and a folder in its place is refused', async () => {
  await writeFile(join(folder, 'rows.jsonl'), '{}\n');
  expect(await (await rowsFile(join(folder, 'rows.jsonl'))).text()).toBe('{}\n');
  await expect(rowsFile(folder)).rejects.toMatchObject({ code: 'path-unreadable' });
});

it('a link to nothing is named', async () => {
  const own = join(folder, 'broken');
  await mkdir(own);
  await symlink(join(folder, 'gone'), join(own, 'model.safetensors'));
  await expect(modelFolder(own)).rejects.toMatchObject({
    code: 'path-unreadable',
    message: expect.stringContaining('model.safetensors'),
  });
});
