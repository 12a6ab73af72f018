/** The run in a folder that was picked or dropped: its files, and the results that lie beside or below them. */
import { artifactNames } from '../../engine/runs/names';
import type { WholeRun } from '../../engine/runs/wholeRun';
import { readRun } from '../../engine/takeHome/readRun';
import { toFailure } from '../../worker/failure';
import { type Entry, nearest, opened, refused } from '../modelFiles';
import type { Artifact, Failure, FolderSource } from '../types';

type Folder = Extract<FolderSource, { kind: 'files' }>;

export interface FoundRun {
  /** The name of the folder. */
  readonly name: string;
  readonly run: WholeRun;
  readonly results: Readonly<Partial<Record<Artifact, Folder>>>;
}

/** Bytes of a file about a run at most: the largest that is read into memory at once. */
const most = 256 * 2 ** 20;

export async function findRun(root: Entry): Promise<FoundRun | { readonly failure: Failure }> {
  const { name } = root;
  const found = await nearest(root, 'run.json');
  if ('failure' in found) return found;
  const { folder } = found;
  if (!folder) return refused('folder-no-run', `There is no run.json in “${name}”: the studio did not write it.`, name);
  try {
    const text = (file: string) => textOf(folder, file);
    const [run = '', metrics, evaluations] = [
      await text('run.json'),
      await text('metrics.jsonl'),
      await text('evaluations.jsonl'),
    ];
    const read = readRun(name, { run, metrics, evaluations });
    return { name, run: read.run, results: await resultsIn(name, folder, read.artifact) };
  } catch (error) {
    return { failure: toFailure(error) };
  }
}

async function textOf(folder: readonly Entry[], name: string): Promise<string | undefined> {
  const file = await folder.find((entry) => entry.file && entry.name === name)?.file?.();
  if (file && file.size > most) throw new Error(`${name} has ${file.size} bytes, more than a run can have`);
  return file?.text();
}

/** Below, folders are called as what is in them; `artifact` lies here itself. */
async function resultsIn(
  name: string,
  folder: readonly Entry[],
  artifact: Artifact | undefined,
): Promise<FoundRun['results']> {
  const results: Partial<Record<Artifact, Folder>> = {};
  const take = async (what: Artifact, named: string, entries: readonly Entry[]): Promise<void> => {
    const config = what.endsWith('-adapter') ? 'adapter_config.json' : 'config.json';
    const files = entries.filter((entry) => entry.file);
    if (!files.some((file) => file.name === config)) return;
    results[what] = { kind: 'files', name: named, files: await opened(files) };
  };
  for (const what of artifactNames) {
    const below = folder.find((entry) => !entry.file && entry.name === what);
    if (below) await take(what, what, await below.children());
  }
  if (artifact) await take(artifact, name, folder);
  return results;
}
