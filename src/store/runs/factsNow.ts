/** What the files about the results of the page are written from: its run as it is kept, or all that the page knows of it. */
import { fingerprint } from '../../engine/runs/fingerprint';
import { splitNames } from '../../engine/runs/names';
import type { RunRecord } from '../../engine/runs/record';
import type { WholeRun } from '../../engine/runs/wholeRun';
import { version } from '../../engine/version';
import { begun } from './begin';
import type { Keeper } from './keeper';
import type { Page } from './scribe';
import { updated } from './snapshot';

/** `keeper` is undefined where the browser keeps nothing: then the settings of a stage are those of the page now. */
export async function factsNow(page: Page, keeper: Pick<Keeper, 'whole'> | undefined): Promise<WholeRun> {
  const kept = keeper?.whole();
  if (kept) return kept;
  const { store, series, held, now } = page;
  const state = store.getState();
  const beginning = { id: crypto.randomUUID(), now: now(), software: version, held: held(), taken: [] };
  const curves = series.snapshot();
  const record = updated(begun(state, beginning), state, curves, now());
  const evaluations = Object.values(state.evaluations).flat();
  return { record: { ...record, data: await withFingerprints(record.data, page) }, curves, evaluations };
}

async function withFingerprints(data: RunRecord['data'], { held }: Page): Promise<RunRecord['data']> {
  const { rows, changes } = held();
  // Of rows that were edited, the files say too little.
  if (changes.edits.done.length > 0) return data;
  const known: RunRecord['data'] = {};
  for (const split of splitNames) {
    const [own, files] = [data[split], rows[split]?.files];
    if (own)
      known[split] = { ...own, fingerprint: files && (await fingerprint(new Blob(files.map(({ file }) => file)))) };
  }
  return known;
}
