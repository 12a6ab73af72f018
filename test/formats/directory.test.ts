/** A new folder beside those that are there: a name that a disk could take for one of them is not used. */
import { expect, it } from 'vitest';
import { newFolder } from '../../src/engine/formats/directory';
import { fakeDirectory } from '../support/fakeDirectory';

async function madeBeside(there: readonly string[], name: string): Promise<string> {
  const { handle, folders } = fakeDirectory();
  for (const folder of there) folders.set(folder, new Map());
  return (await (await newFolder(handle, name)).finish()).folder;
}

it.each([
  [['sums'], 'sums', 'sums-2'],
  [['sums', 'sums-2'], 'sums', 'sums-3'],
  [['Sums'], 'sums', 'sums-2'],
  [['sums', 'SUMS-2'], 'Sums', 'Sums-3'],
  // An é of one character and one of two.
  [['\u00e9'], 'e\u0301', 'e\u0301-2'],
  [['sum', 'sums2'], 'sums', 'sums'],
])('beside %j, %s is written as %s', async (there, name, folder) => {
  expect(await madeBeside(there, name)).toBe(folder);
});
