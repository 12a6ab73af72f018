/** What the page showed at the last visit: read from storage, shown, and made ready to be loaded into the engine again. */

import { splitNames } from '../../engine/runs/names';
import type { Demo } from '../demo';
import { fetchRows } from '../demo';
import type { Series } from '../series';
import type { SessionStore } from '../session';
import type { Failure, Role, Split } from '../types';
import type { Desk } from './desk';
import type { Held, HeldModel, HeldRows } from './held';
import type { Shelf, ShelvedRun } from './shelf';
import { resultsOf } from './snapshot';

export interface Recalled {
  readonly desk: Desk;
  readonly whole: ShelvedRun | undefined;
}

/** Undefined on a first visit; `elsewhere` when another tab goes on with what lay there. */
export async function recall(shelf: Shelf): Promise<Recalled | 'elsewhere' | undefined> {
  // One tab has the desk; another that is opened meanwhile starts afresh.
  if (!(await shelf.claims.claim('desk'))) return 'elsewhere';
  const desk = await shelf.desk();
  if (!desk) return undefined;
  if (desk.run === undefined) return { desk, whole: undefined };
  if (!(await shelf.claims.claim(desk.run))) return 'elsewhere';
  return { desk, whole: await shelf.whole(desk.run) };
}

/** Settings and results into the page, results as what the engine does not hold. */
export function show({ desk, whole }: Recalled, store: SessionStore, series: Series): void {
  const { recipe, demoValues, includeControl } = desk;
  store.getState().restore({ recipe, demoValues, includeControl, ...(whole && resultsOf(whole)) });
  if (whole) series.restore(whole.curves);
}

/** Rows and models of the desk, as the engine can be given them; what cannot be had again is said. */
export async function inputsOf(
  { desk, whole }: Recalled,
  shelf: Shelf,
  demo: () => Promise<Demo>,
  store: SessionStore,
): Promise<Held> {
  const changes = await shelf.rowChanges();
  const rows: Partial<Record<Split, HeldRows>> = {};
  const models: Partial<Record<Role, HeldModel>> = {};
  for (const split of splitNames) {
    // Divided rows have no test rows of their own to be opened.
    if (split === 'test' && changes.division) continue;
    const name = desk.rows[split]?.demo === false ? desk.rows[split].name : undefined;
    const found = await told(store, () => rowsOf(desk, split, shelf, demo, store), name);
    if (found) rows[split] = found;
  }
  for (const role of ['teacher', 'student'] as const) {
    const found = await told(store, () => modelOf(desk, role, demo, store));
    if (found) models[role] = found;
    const adapter = whole?.record.models[role]?.adapter;
    if (!adapter) continue;
    const message = `Training started from the adapter “${adapter.name}”, which the page may not open by itself.`;
    // Not about the place: loading the model there would take the sentence away.
    store.getState().notify({ code: 'start-not-kept', message, detail: { name: adapter.name } });
  }
  return { rows, models, changes };
}

async function rowsOf(
  { rows }: Desk,
  split: Split,
  shelf: Shelf,
  demo: () => Promise<Demo>,
  store: SessionStore,
): Promise<HeldRows | undefined> {
  const kept = rows[split];
  if (!kept || kept.demo) {
    const { name, url } = (await demo()).data[split];
    return { name, files: [{ name, file: await fetchRows(url) }], demo: true };
  }
  const own = await shelf.rows(split);
  if (own?.name === kept.name) return { ...own, demo: false };
  const message = `The rows of “${kept.name}” were too large to be kept between two visits. Open them again.`;
  store.getState().notify({ code: 'rows-not-kept', message, detail: { name: kept.name } }, { place: split });
  return undefined;
}

async function modelOf(
  { models }: Desk,
  role: Role,
  demo: () => Promise<Demo>,
  store: SessionStore,
): Promise<HeldModel | undefined> {
  const kept = models[role];
  if (!kept || kept.kind === 'demo') return { source: (await demo()).models[role], demo: true };
  if (kept.kind === 'stored') return { source: kept, demo: false };
  const message = `The model “${kept.name}” came from a folder, which the page may not open by itself. Open it again.`;
  store.getState().notify({ code: 'model-not-kept', message, detail: { name: kept.name, role } }, { place: role });
  return undefined;
}

/** `rows` are a person's own, kept here; all else is of the demo. */
async function told<T>(store: SessionStore, work: () => Promise<T | undefined>, rows?: string): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    store.getState().notify(rows === undefined ? notFetched(reason) : notRead(rows, reason));
    return undefined;
  }
}

function notFetched(reason: string): Failure {
  return { code: 'demo-not-fetched', message: `The demo could not be fetched again: ${reason}`, detail: { reason } };
}

function notRead(name: string, reason: string): Failure {
  const message = `The rows of “${name}” could not be read from the browser's storage: ${reason}`;
  return { code: 'rows-not-read', message, detail: { name, reason } };
}
