/** The rows of both splits: opened, by other columns, divided. What was there before stays when new ones cannot be used. */
import { joined, parted } from '../engine/data/place';
import type { EngineClient } from '../worker/client';
import { type Demo, fetchRows } from './demo';
import { changesBetween, createEditor, type Editor, putParts, remake } from './edits';
import { chooseRows, type Dropped } from './files';
import type { Loading } from './loading';
import { keepChanges } from './rowChanges';
import type { Held, HeldRows, Returning, RowChanges } from './runs/held';
import type { SessionStore } from './session';
import type { DataSlot, Dataset, Edit, Failure, Mapping, SessionState, Split } from './types';

export interface RowsLoader extends Editor {
  /** Several files are one. A person's own training rows are divided when there are no own test rows. */
  loadRows(split: Split, dropped: readonly Dropped[]): Promise<void>;
  loadDemoRows(split: Split): Promise<void>;
  /** The columns of the rows whose mapping is asked for, or of those that are open there. */
  mapColumns(split: Split, mapping: Mapping): Promise<void>;
  /** Keeps this share of the training rows for testing instead of the test rows there are. */
  divideRows(share: number): Promise<void>;
}

/** What the loader of everything needs besides. */
export interface AllRows {
  loadDemo(): Promise<void>;
  unload(): void;
  reload(): Promise<void>;
  held(): Pick<Held, 'rows' | 'changes'>;
  /** What `reload` brings back; what a person has opened meanwhile is not replaced. */
  hold(held: Pick<Held, 'rows' | 'changes'>): void;
}

const splits: readonly Split[] = ['train', 'test'];
const always = (): boolean => true;
export const defaultShare = 0.1;
const nothingToDivide: Failure = {
  code: 'nothing-to-divide',
  message: 'All training rows have the same question: none can be kept apart for testing.',
  detail: {},
};

export function createRowsLoader(
  store: SessionStore,
  client: () => EngineClient,
  { refused, told, undo }: Loading,
  openDemo: () => Promise<Demo>,
  returned: () => Returning,
): RowsLoader & AllRows {
  const sources: Partial<Record<Split, HeldRows>> = {};
  /** Opened, but its columns are not known yet. */
  let waiting: Partial<Record<Split, HeldRows>> = {};
  const changes = keepChanges(store);
  const editor = createEditor(store, client, { refused, told, undo });

  /** `again`: what rests on these rows stays. True when the rows are now these; false when the page asks for their columns, or says why they cannot be used. */
  const take = async (split: Split, source: HeldRows, again = false): Promise<boolean> => {
    const state = store.getState();
    state.setData(split, { loading: true });
    try {
      const { name, files, mapping } = source;
      const dataset = await client().loadData(split, name, files, { mapping });
      if (dataset.examples.length === 0) {
        if (mappable(dataset)) waiting = { ...waiting, [split]: source };
        refuse(split, name, dataset);
        return false;
      }
      leaveDivision(split);
      waiting = { ...waiting, [split]: undefined };
      sources[split] = source;
      state.setData(split, { dataset, demo: source.demo, unfit: [], twins: undefined, lengths: undefined });
      if (!again) undo(split);
      return true;
    } finally {
      state.setData(split, { loading: false });
    }
  };

  /** The engine keeps the rows it has; so does the page. */
  const refuse = (split: Split, name: string, dataset: Dataset): void => {
    const { notify, askMapping } = store.getState();
    const { columns, problems } = dataset;
    if (columns && mappable(dataset)) {
      askMapping({ split, name, columns });
      return;
    }
    const [problem] = problems;
    const message = `“${name}” has no usable row. ${problem?.message ?? ''}`;
    notify({ code: 'data-no-rows', message, detail: { name } }, { place: split, problem });
  };

  /** As the engine does: other test rows make the training rows whole again, other training rows take their part along. */
  const leaveDivision = (split: Split): void => {
    const { division, edits, setDivision, setData, setEdits, forgetEdits } = store.getState();
    // Whole again with own test rows, the training rows keep what was edited in either part.
    if (division && split === 'test')
      setEdits({ done: edits.done.map(ofTraining), undone: edits.undone.map(ofTraining) });
    else forgetEdits(division ? splits : [split]);
    if (!division) return;
    const train = whole(store.getState());
    setDivision(undefined);
    if (split === 'train') setData('test', noRows);
    else {
      putParts(store, { train, test: [] });
      undo('train');
    }
  };

  /** False when nothing could be drawn. */
  const divide = async (share: number, seed: number, again = false): Promise<boolean> => {
    const drawn = await client().divideRows(share, seed);
    if (drawn.length === 0) return false;
    const { data, division, setData, setDivision, forgetEdits } = store.getState();
    // The test rows that there were go, and with them what was edited of them.
    if (!division) forgetEdits(['test']);
    const { edits } = store.getState();
    const { dataset } = data.train;
    if (!dataset) return false;
    const parts = parted(whole(store.getState()), drawn);
    setData('test', { ...noRows, dataset: { ...dataset, problems: [] } });
    putParts(store, parts);
    delete sources.test;
    setDivision({ share, seed, edits: edits.done });
    if (!again) for (const split of splits) undo(split);
    return true;
  };

  /** Own rows are never tested on the demo's without a word. */
  const divideOwn = async (): Promise<void> => {
    const { data, recipe } = store.getState();
    const { train, test } = data;
    if (!train.demo && !test.loading && (test.demo || !test.dataset)) await divide(defaultShare, recipe.seed);
  };

  const open = (split: Split, source: HeldRows): Promise<void> =>
    told(
      split,
      async () => {
        const again = store.getState().data[split].dataset === undefined && (await returned().rows(split, source));
        if (!(await take(split, source, again))) return;
        if (again) await makeAgain(new Set([split]));
        else if (split === 'train') await divideOwn();
      },
      'data-load',
      source.name,
    );

  /** `wanted` is asked once the demo has arrived: a person may have opened something else in the meantime. */
  const loadDemoRows = async (split: Split, wanted: () => boolean = always): Promise<void> => {
    if (refused()) return;
    const divided = store.getState().division !== undefined;
    await told(
      split,
      async () => {
        const { name, url } = (await openDemo()).data[split];
        const file = await fetchRows(url);
        if (wanted()) await take(split, { name, files: [{ name, file }], demo: true });
      },
      'data-load',
      split,
    );
    if (divided && split === 'train' && noRowsYet('test')) await loadDemoRows('test');
  };

  /** What a person has chosen while the page was starting, or starting again, is not replaced. */
  const noRowsYet = (split: Split): boolean => {
    const { loading, dataset } = store.getState().data[split];
    return !loading && dataset === undefined;
  };

  /** Edits and division of the rows that were read again, in the order in which they were made. */
  const changeAgain = async ({ division, edits }: RowChanges, again: ReadonlySet<Split>): Promise<void> => {
    const { setEdits } = store.getState();
    if (division && again.has('train') && noRowsYet('test')) {
      await remake(
        store,
        client(),
        'train',
        division.edits.flatMap(({ changes }) => changes),
      );
      setEdits({ done: division.edits, undone: [] });
      if (await divide(division.share, division.seed, true)) {
        await remake(store, client(), 'train', changesBetween(division.edits, edits.done));
        setEdits(edits);
      }
      return;
    }
    const mine = (edit: Edit): boolean => again.has(edit.split);
    for (const { split, changes } of edits.done.filter(mine)) await remake(store, client(), split, changes);
    setEdits({ done: edits.done.filter(mine), undone: edits.undone.filter(mine) });
  };

  /** What waits for these rows, which are here again. */
  const makeAgain = async (again: ReadonlySet<Split>): Promise<void> => {
    const before = changes.waiting();
    try {
      if (before) await changeAgain(before, again);
    } finally {
      changes.made();
    }
  };

  return {
    ...editor,
    loadDemoRows: (split) => loadDemoRows(split),
    loadRows: async (split, dropped) => {
      if (refused()) return;
      const choice = chooseRows(dropped);
      if ('failure' in choice) {
        store.getState().retry(split);
        return store.getState().notify(choice.failure, { place: split });
      }
      const { files } = choice;
      const named = files.map((file) => ({ name: file.name, file }));
      await open(split, { name: files.map(({ name }) => name).join(', '), files: named, demo: false });
    },
    mapColumns: async (split, mapping) => {
      const asked = store.getState().mapping;
      // One whose question was dismissed waits no more.
      const unread = waiting[split];
      const source = unread && unread.name === asked?.name ? unread : sources[split];
      store.getState().askMapping(undefined);
      if (source && !refused()) await open(split, { ...source, mapping });
    },
    divideRows: async (share) => {
      const { data, recipe } = store.getState();
      const name = data.train.dataset?.name;
      if (name === undefined || refused()) return;
      const work = async (): Promise<void> => {
        if (!(await divide(share, recipe.seed))) store.getState().notify(nothingToDivide, { place: 'test' });
      };
      await told('test', work, 'data-load', name);
    },
    loadDemo: async () => {
      await Promise.all(splits.filter(noRowsYet).map((split) => loadDemoRows(split, () => noRowsYet(split))));
    },
    unload: () => {
      const { setData, setDivision, forgetEdits } = store.getState();
      changes.hold(changes.now());
      for (const split of splits) setData(split, noRows);
      setDivision(undefined);
      forgetEdits(splits);
    },
    reload: async () => {
      const again = new Set<Split>();
      for (const split of splits) {
        const held = sources[split];
        const read = async () => {
          if (held && (await take(split, held, true))) again.add(split);
        };
        if (held && noRowsYet(split)) await told(split, read, 'data-reload', held.name);
      }
      const [first] = again;
      if (first) await told(first, () => makeAgain(again), 'data-reload', sources[first]?.name ?? '');
      else changes.made();
    },
    held: () => ({ rows: { ...sources }, changes: changes.now() }),
    hold: (held) => {
      for (const split of splits) if (held.rows[split] && noRowsYet(split)) sources[split] = held.rows[split];
      changes.hold(held.changes);
    },
  };
}

const noRows: Partial<DataSlot> = {
  ...{ dataset: undefined, unfit: [], demo: false, twins: undefined, lengths: undefined },
};

/** Its rows have columns, and nobody knows which is which. */
function mappable({ columns, problems }: Dataset): boolean {
  if (!columns || columns.names.length < 2 || columns.conversations) return false;
  return columns.mapping === undefined && problems.length > 0;
}

const ofTraining = (edit: Edit): Edit => ({ ...edit, split: 'train' });

function whole({ data, division }: SessionState): readonly Dataset['examples'][number][] {
  const [train, test] = [data.train.dataset, data.test.dataset];
  if (!division) return train?.examples ?? [];
  return joined(train?.examples ?? [], test?.examples ?? [], train?.files ?? []);
}
