// Which files of a picked or dropped folder are the model's.
import { expect, test } from 'vitest';
import { type Entry, findModelFiles } from '../../src/store/modelFiles';

type Tree = { readonly [name: string]: string | Tree };

let opened: string[] = [];

function entry(name: string, content: string | Tree): Entry {
  if (typeof content !== 'string')
    return {
      name,
      file: undefined,
      children: async () => Object.entries(content).map(([key, value]) => entry(key, value)),
    };
  const file = async () => {
    opened.push(name);
    return new File([content], name);
  };
  return { name, file, children: async () => [] };
}

async function found(tree: Tree): Promise<unknown> {
  opened = [];
  const result = await findModelFiles(entry('root', tree));
  if ('failure' in result) return result.failure.code;
  expect(result.name).toBe('root');
  return Promise.all(result.files.map(async (file) => [file.name, await file.text()]));
}

test('the files beside the nearest config.json, not those of folders below', async () => {
  const tree = { 'config.json': 'top', 'model.safetensors': 'w', 'checkpoint-1': { 'config.json': 'old' } };
  expect(await found(tree)).toEqual([
    ['config.json', 'top'],
    ['model.safetensors', 'w'],
  ]);
  const cache = { blobs: {}, snapshots: { abc: { 'config.json': 'deep' } }, 'note.txt': 'x' };
  expect(await found(cache)).toEqual([['config.json', 'deep']]);
  expect(opened).toEqual(['config.json']);
});

test('a folder without a model is refused, and so is one that holds a disk, without opening a file', async () => {
  expect(await found({ 'notes.txt': 'x', sub: { deeper: {} } })).toBe('folder-no-model');
  const many = Object.fromEntries(Array.from({ length: 6000 }, (_, i) => [`f${i}`, 'x']));
  expect(await found(many)).toBe('folder-too-large');
  expect(opened).toEqual([]);
  // As many files beside a config are a model with much beside it.
  expect(await found({ ...many, 'config.json': '{}' })).toHaveLength(6001);
});
