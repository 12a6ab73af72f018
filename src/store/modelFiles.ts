/** The model in a folder that was picked or dropped: the files beside the nearest config.json. Nothing is read. */
import type { Failure } from './types';

/** A file or folder, however the browser gives it. */
export interface Entry {
  readonly name: string;
  /** Undefined for a folder. */
  readonly file: (() => Promise<File>) | undefined;
  readonly children: () => Promise<readonly Entry[]>;
}

export type ModelFiles = { readonly name: string; readonly files: readonly File[] } | { readonly failure: Failure };

/** More than any model has beside and above it; whoever drops a whole disk is told soon. */
const most = 5000;

export async function findModelFiles(root: Entry): Promise<ModelFiles> {
  const { name } = root;
  const found = await nearest(root, 'config.json');
  if ('failure' in found) return found;
  if (found.folder) return { name, files: await opened(found.folder) };
  return refused(
    'folder-no-model',
    `There is no config.json in “${name}”. Choose the folder of a Hugging Face model.`,
    name,
  );
}

type Nearest = { readonly folder: readonly Entry[] | undefined } | { readonly failure: Failure };

/** What lies in the folder that has the file, the nearest to `root`; undefined where none has. */
export async function nearest(root: Entry, file: string): Promise<Nearest> {
  const { name } = root;
  let seen = 0;
  for (let level: readonly Entry[] = [root]; level.length > 0; ) {
    const below: Entry[] = [];
    for (const folder of level) {
      const children = await folder.children();
      seen += children.length;
      if (children.some((child) => child.file && child.name === file)) return { folder: children };
      if (seen > most)
        return refused('folder-too-large', `“${name}” holds too much. Choose the model's own folder.`, name);
      below.push(...children.filter((child) => !child.file));
    }
    level = below;
  }
  return { folder: undefined };
}

/** The files among them. */
export async function opened(entries: readonly Entry[]): Promise<readonly File[]> {
  const files = await Promise.all(entries.map((entry) => entry.file?.()));
  return files.filter((file) => file !== undefined);
}

export function refused(code: string, message: string, name: string): { readonly failure: Failure } {
  return { failure: { code, message, detail: { name } } };
}
