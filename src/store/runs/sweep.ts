/**
 * Takes away adapters that no run names, where nobody can be writing them: of runs that were deleted, and what a crash has left
 * between the files and the record that was to name them.
 */

import type { RunRecord } from '../../engine/runs/record';
import { placeOf } from './adapterFiles';
import type { Shelf } from './shelf';

/** What this tab knows better than the shelf. */
export interface OwnRun {
  readonly run: RunRecord | undefined;
  /** A stage runs: what it leaves is not in the record yet. */
  readonly writing: boolean;
}

/** Never rejects: what cannot go now goes another time. */
export async function sweep(shelf: Shelf, own: OwnRun): Promise<void> {
  try {
    // First what lies there, then who writes, then what is named: what comes about meanwhile is not among the first.
    const there = await shelf.files.all();
    const claimed = await shelf.claims.claimed();
    const named = await shelf.named();
    if (!named || unwritten(claimed, named.runs, own)) return;
    const places = new Set([...named.places, ...Object.values(own.run?.adapters ?? {}).map(placeOf)]);
    for (const { run, folders } of there) {
      if (run === own.run?.id ? own.writing : claimed.has(run)) continue;
      const left = folders.filter((folder) => !places.has(placeOf({ run, folder })));
      if (left.length > 0 || folders.length === 0) await shelf.files.remove({ run, folders: left }).catch(() => {});
    }
  } catch {
    // No file system for this page, or storage that refuses.
  }
}

/** Another tab has a run that is not on the shelf yet: it may go on with an adapter of any other. */
function unwritten(claimed: ReadonlySet<string>, runs: readonly string[], { run }: OwnRun): boolean {
  const known = new Set(['desk', run?.id, ...runs]);
  return [...claimed].some((id) => !known.has(id));
}
