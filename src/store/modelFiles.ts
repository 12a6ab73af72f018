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
  let seen = 0;
  for (let level: readonly Entry[] = [root]; level.length > 0; ) {
    const below: Entry[] = [];
    for (const folder of level) {
      const children = await folder.children();
      seen += children.length;
      const files = children.filter((child) => child.file);
      if (files.some((child) => child.name === 'config.json')) return { name, files: await opened(files) };
      if (seen > most)
        return refused('folder-too-large', `“${name}” holds too much. Choose the model's own folder.`, name);
      below.push(...children.filter((child) => !child.file));
    }
    level = below;
  }
  return refused(
    'folder-no-model',
    `There is no config.json in “${name}”. Choose the folder of a Hugging Face model.`,
    name,
  );
}

async function opened(entries: readonly Entry[]): Promise<readonly File[]> {
  const files = await Promise.all(entries.map((entry) => entry.file?.()));
  return files.filter((file) => file !== undefined);
}

function refused(code: string, message: string, name: string): ModelFiles {
  return { failure: { code, message, detail: { name } } };
}
