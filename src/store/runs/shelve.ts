/** A run out of a folder onto the shelf, with its adapters; one that is there already stays as it is. */
import { adapterNames } from '../../engine/runs/names';
import type { KeptStage, RunRecord } from '../../engine/runs/record';
import type { Failure } from '../types';
import { noFiles } from './adapters';
import type { FoundRun } from './runFolder';
import type { Shelf } from './shelf';
import type { Change } from './tables';

/** The two files of an adapter; its card is written anew whenever it goes out. */
const adapterFile = /^adapter_(config\.json|model\.safetensors)$/;

/** Rejects with what the storage refused; then nothing of it is in the list. */
export async function shelve(
  shelf: Shelf,
  { run, results }: FoundRun,
  tell: (failure: Failure) => void,
): Promise<'new' | 'there'> {
  const { id } = run.record;
  if (await shelf.record(id)) return 'there';
  // Until the record names them, its files must not look like what nobody needs.
  await shelf.claims.claim(id);
  try {
    const adapters = await adaptersOf(shelf, id, results).catch(() => undefined);
    if (!adapters) tell(noFiles);
    const record = { ...run.record, adapters: adapters ?? {}, stages: ended(run.record.stages) };
    await shelf.write([
      { table: 'runs', key: id, value: record },
      { table: 'curves', key: id, value: run.curves },
      ...run.evaluations.map((value, number): Change => ({ table: 'evaluations', key: [id, number], value })),
    ]);
    return 'new';
  } finally {
    shelf.claims.release(id);
  }
}

async function adaptersOf(shelf: Shelf, id: string, results: FoundRun['results']): Promise<RunRecord['adapters']> {
  const adapters: RunRecord['adapters'] = {};
  for (const artifact of adapterNames) {
    const files = results[artifact]?.files.filter(({ name }) => adapterFile.test(name)) ?? [];
    if (files.length < 2) continue;
    await shelf.files.put({ run: id, folder: artifact }, files);
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    adapters[artifact] = { run: id, folder: artifact, files: files.map(({ name }) => name), bytes };
  }
  return adapters;
}

/** Nothing of it runs any more. */
function ended(stages: RunRecord['stages']): RunRecord['stages'] {
  const cut = ({ state, ...stage }: KeptStage): KeptStage => ({
    ...stage,
    state: state === 'running' || state === 'paused' ? 'interrupted' : state,
  });
  return Object.fromEntries(Object.entries(stages).map(([name, stage]) => [name, cut(stage)]));
}
