/** Where a row stands in what was opened: what it is known by, whatever is edited, deleted or put back around it. */
import type { Example } from './row';

export interface Place {
  /** Only where several files were opened as one. */
  readonly file?: string | undefined;
  /** Counted from 1; in a JSON array, the number of the item. */
  readonly line: number;
}

/** Different for every row of a data set. */
export function placeKey({ file, line }: Place): string | number {
  return file === undefined ? line : `${file}:${line}`;
}

/** Order of rows as they were opened; `files` in the order they were joined in. */
function placeOrder(files: readonly string[]): (a: Place, b: Place) => number {
  const rank = new Map(files.map((file, i) => [file, i]));
  const of = ({ file }: Place): number => (file === undefined ? 0 : (rank.get(file) ?? 0));
  return (a, b) => of(a) - of(b) || a.line - b.line;
}

/** A row's new content, or undefined where it is taken out. */
export interface RowChange {
  readonly place: Place;
  readonly row: Example | undefined;
}

/** The rows with every change made: a row at a place that has none is put where it belongs. */
export function changed(
  examples: readonly Example[],
  changes: readonly RowChange[],
  files: readonly string[],
): readonly Example[] {
  const asked = new Map(changes.map((change) => [placeKey(change.place), change.row]));
  const kept: Example[] = [];
  for (const example of examples) {
    const key = placeKey(example);
    const row = asked.has(key) ? asked.get(key) : example;
    if (row) kept.push(row);
    asked.delete(key);
  }
  const added = [...asked.values()].filter((row) => row !== undefined);
  return added.length === 0 ? kept : [...kept, ...added].sort(placeOrder(files));
}

export interface Parts {
  readonly train: readonly Example[];
  readonly test: readonly Example[];
}

/**
 * Changes of the rows of one split. `divided`: both splits are parts of the same files, and a row is looked for in the
 * other one too, where another division may have put it.
 */
export function changedParts(
  parts: Parts,
  split: keyof Parts,
  changes: readonly RowChange[],
  files: readonly string[],
  divided: boolean,
): Parts {
  const other = split === 'train' ? 'test' : 'train';
  const elsewhere = new Set(divided ? parts[other].map(placeKey) : []);
  const [there, here] = [true, false].map((away) =>
    changes.filter(({ place }) => elsewhere.has(placeKey(place)) === away),
  );
  const change = (name: keyof Parts, made: readonly RowChange[] = []) =>
    made.length === 0 ? parts[name] : changed(parts[name], made, files);
  return { ...parts, [split]: change(split, here), [other]: change(other, there) };
}

/** The rows at these indices as the test part, the others as the training part. */
export function parted(whole: readonly Example[], test: Iterable<number>): Parts {
  const drawn = new Set(test);
  return { train: whole.filter((_, i) => !drawn.has(i)), test: whole.filter((_, i) => drawn.has(i)) };
}

/** What two disjoint parts of a data set were before they were parted. */
export function joined(
  one: readonly Example[],
  other: readonly Example[],
  files: readonly string[],
): readonly Example[] {
  return [...one, ...other].sort(placeOrder(files));
}
