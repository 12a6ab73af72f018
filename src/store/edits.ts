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
    editRows: (split, changes) => {
      const edit = { split, changes, before: before(store.getState(), split, changes) };
      return apply(split, changes, () => {
        const { edits, setEdits } = store.getState();
        setEdits({ done: [...edits.done, edit], undone: [] });
      });
    },
    undoEdit: async () => {
      const last = store.getState().edits.done.at(-1);
      if (!last) return;
      await apply(last.split, last.before, () => {
        const { edits, setEdits } = store.getState();
        setEdits({ done: edits.done.slice(0, -1), undone: [...edits.undone, last] });
      });
    },
    redoEdit: async () => {
      const last = store.getState().edits.undone.at(-1);
      if (!last) return;
      await apply(last.split, last.changes, () => {
        const { edits, setEdits } = store.getState();
        setEdits({ done: [...edits.done, last], undone: edits.undone.slice(0, -1) });
      });
    },
  };
}

type Kept = Pick<SessionState, 'division' | 'edits'>;

/** The edits of a split made again after its file was read again. Of divided rows, all were rows of the training file. */
export async function replay(store: SessionStore, engine: EngineClient, split: Split, kept: Kept): Promise<void> {
  const mine = (edit: Edit): boolean => kept.division !== undefined || edit.split === split;
  const changes = kept.edits.done.filter(mine).flatMap((edit) => edit.changes);
  if (changes.length > 0) {
    await engine.editRows(split, changes);
    put(store, split, changes);
  }
  const { edits, setEdits } = store.getState();
  const again = (list: readonly Edit[], old: readonly Edit[]) => [...list, ...old.filter(mine)];
  setEdits({ done: again(edits.done, kept.edits.done), undone: again(edits.undone, kept.edits.undone) });
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
