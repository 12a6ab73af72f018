/** The run in a folder that was picked or dropped: its files, and the results that lie beside or below them. */
import { textWithin } from '../../engine/bounded';
import { artifactNames } from '../../engine/runs/names';
import { trainingStages } from '../../engine/runs/seriesData';
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
  /** Of a job that was interrupted: the newest of each of its trainings. */
  readonly checkpoints: readonly FoundCheckpoint[];
}

export interface FoundCheckpoint {
  readonly file: File;
  /** What is to be said of it. */
  readonly failure: Failure;
}

/** Bytes of a file about a run at most: the largest that is read into memory at once. */
const most = 256 * 2 ** 20;

export async function findRun(root: Entry): Promise<FoundRun | FoundCheckpoint | { readonly failure: Failure }> {
  const { name } = root;
  const found = await nearest(root, 'run.json');
  if ('failure' in found) return found;
  const { folder } = found;
  if (!folder) {
    const [there] = await checkpointsIn(await root.children());
    return there ?? noRun(name);
  }
  try {
    const text = (file: string) => textOf(folder, file);
    const [run = '', metrics, evaluations] = [
      await text('run.json'),
      await text('metrics.jsonl'),
      await text('evaluations.jsonl'),
    ];
    const read = readRun(name, { run, metrics, evaluations });
    const [results, checkpoints] = [await resultsIn(name, folder, read.artifact), await checkpointsIn(folder)];
    return { name, run: read.run, results, checkpoints };
  } catch (error) {
    return { failure: toFailure(error) };
  }
}

function checkpointThere(file: string): Failure {
  const message = `The folder holds a checkpoint of a job that was interrupted, ${file}: load its models and rows, then go on from it.`;
  return { code: 'run-checkpoint', message, detail: { file } };
}

function noRun(name: string): { readonly failure: Failure } {
  return refused('folder-no-run', `There is no run.json in “${name}”: the studio did not write it.`, name);
}

/** As the command line leaves them, a folder for each stage that trains: the newest, as their index says. */
async function checkpointsIn(folder: readonly Entry[]): Promise<readonly FoundCheckpoint[]> {
  const found: FoundCheckpoint[] = [];
  const kept = await below(folder, 'checkpoints');
  for (const stage of trainingStages) {
    const files = await below(kept, stage);
    const index = await textOf(files, 'index.json');
    const whole = files.filter(({ file, name }) => file && name.endsWith('.safetensors'));
    const newest = whole.find(({ name }) => index?.includes(name)) ?? whole[0];
    const file = await newest?.file?.();
    if (file) found.push({ file, failure: checkpointThere(`checkpoints/${stage}/${file.name}`) });
  }
  return found;
}

async function below(folder: readonly Entry[], name: string): Promise<readonly Entry[]> {
  const found = folder.find((entry) => !entry.file && entry.name === name);
  return found ? found.children() : [];
}

async function textOf(folder: readonly Entry[], name: string): Promise<string | undefined> {
  const file = await folder.find((entry) => entry.file && entry.name === name)?.file?.();
  return file && textWithin(file, name, most);
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
    await take(what, what, await below(folder, what));
  }
  if (artifact) await take(artifact, name, folder);
  return results;
}
