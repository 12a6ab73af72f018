/** Rows edited, deleted, and all of it undone and done again: in the engine first, then in the page. */
import { changedParts, type Parts, placeKey, type RowChange } from '../engine/data/place';
import type { EngineClient } from '../worker/client';
import type { Loading } from './loading';
import type { SessionStore } from './session';
import type { Edit, Example, SessionState, Split } from './types';

export interface Editor {
  /** One step, however many rows. What was learnt from the rows before is undone. */
  editRows(split: Split, changes: readonly RowChange[]): Promise<void>;
  undoEdit(): Promise<void>;
  redoEdit(): Promise<void>;
}

export function createEditor(
  store: SessionStore,
  client: () => EngineClient,
  { refused, told, undo }: Loading,
): Editor {
  let turn: Promise<void> = Promise.resolve();
  /** One after the other: an edit that is undone twice at once is two edits undone. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(work);
    return turn;
  };
  const apply = async (split: Split, changes: readonly RowChange[], then: () => void): Promise<void> => {
    if (refused()) return;
    const work = async (): Promise<void> => {
      await client().editRows(split, changes);
      const before = partsOf(store.getState());
      const after = put(store, split, changes);
      for (const name of ['train', 'test'] as const) if (before[name] !== after[name]) undo(name);
      then();
    };
    await told(split, work, 'data-load', store.getState().data[split].dataset?.name ?? '');
  };

  return {
    editRows: (split, changes) =>
      inTurn(() => {
        const edit = { split, changes, before: before(store.getState(), split, changes) };
        return apply(split, changes, () => {
          const { edits, setEdits } = store.getState();
          setEdits({ done: [...edits.done, edit], undone: [] });
        });
      }),
    undoEdit: () =>
      inTurn(async () => {
        const last = store.getState().edits.done.at(-1);
        if (!last) return;
        await apply(last.split, last.before, () => {
          const { edits, setEdits } = store.getState();
          setEdits({ done: edits.done.slice(0, -1), undone: [...edits.undone, last] });
        });
      }),
    redoEdit: () =>
      inTurn(async () => {
        const last = store.getState().edits.undone.at(-1);
        if (!last) return;
        await apply(last.split, last.changes, () => {
          const { edits, setEdits } = store.getState();
          setEdits({ done: [...edits.done, last], undone: edits.undone.slice(0, -1) });
        });
      }),
  };
}

/** Changes that were made before, made again in the engine and the page; what rests on the rows stays. */
export async function remake(
  store: SessionStore,
  engine: EngineClient,
  split: Split,
  changes: readonly RowChange[],
): Promise<void> {
  if (changes.length === 0) return;
  await engine.editRows(split, changes);
  put(store, split, changes);
}

/** From the rows after the edits `from` to those after `to`: what only `from` has is undone, what only `to` has is done. */
export function changesBetween(from: readonly Edit[], to: readonly Edit[]): readonly RowChange[] {
  const same = (i: number): boolean => i < to.length && JSON.stringify(from[i]) === JSON.stringify(to[i]);
  let common = 0;
  while (common < from.length && same(common)) common += 1;
  const undone = from
    .slice(common)
    .toReversed()
    .flatMap((edit) => edit.before);
  return [...undone, ...to.slice(common).flatMap((edit) => edit.changes)];
}

function partsOf({ data }: Pick<SessionState, 'data'>) {
  return { train: data.train.dataset?.examples ?? [], test: data.test.dataset?.examples ?? [] };
}

function put(store: SessionStore, split: Split, changes: readonly RowChange[]) {
  const state = store.getState();
  const files = state.data[split].dataset?.files ?? [];
  const after = changedParts(partsOf(state), split, changes, files, state.division !== undefined);
  putParts(store, after);
  return after;
}

/** What undoes the changes. */
function before({ data }: SessionState, split: Split, changes: readonly RowChange[]): readonly RowChange[] {
  const asked = new Set(changes.map(({ place }) => placeKey(place)));
  const rows = new Map<string | number, Example>();
  for (const row of data[split].dataset?.examples ?? []) if (asked.has(placeKey(row))) rows.set(placeKey(row), row);
  return changes.map(({ place }) => ({ place, row: rows.get(placeKey(place)) }));
}

/** The rows of each split, where it has any; everything else about them stays. */
export function putParts(store: SessionStore, parts: Parts): void {
  for (const split of ['train', 'test'] as const) {
    const { data, setData } = store.getState();
    const { dataset } = data[split];
    if (dataset && dataset.examples !== parts[split])
      setData(split, { dataset: { ...dataset, examples: parts[split] } });
  }
}
