/** Which rows are shown: those that hold a text and have a flag. Many rows are searched bit by bit, the page stays at hand. */
import { useEffect, useMemo, useState } from 'react';
import type { Example } from '../../store';
import { type Flagged, matchesFlags, type RowFilter } from './rowFlags';

export interface Wanted {
  /** Upper and lower case are the same; empty: any. */
  readonly text: string;
  readonly filter: RowFilter;
}

export interface ShownRows {
  readonly examples: readonly Example[];
  /** Indices of the rows that are shown, undefined for all. */
  readonly indices: Uint32Array | undefined;
  /** What was looked for: another search begins at its first row, the same one stays where it is. */
  readonly wanted: string;
}

/** Milliseconds of work between two breaths. */
const SLICE = 8;

/** Undefined when it was stopped. `now` in milliseconds. */
export async function findRows(
  examples: readonly Example[],
  { text, filter }: Wanted,
  flagged: Flagged,
  stopped: () => boolean,
  now: () => number = () => performance.now(),
): Promise<Uint32Array | undefined> {
  const holds = textTest(text.trim());
  const found: number[] = [];
  let since = now();
  for (const [i, example] of examples.entries()) {
    if (matchesFlags(flagged, filter, example) && holds(example)) found.push(i);
    if (i % 64 !== 0 || now() - since < SLICE) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (stopped()) return undefined;
    since = now();
  }
  return stopped() ? undefined : Uint32Array.from(found);
}

function textTest(text: string): (example: Example) => boolean {
  if (text === '') return () => true;
  const pattern = new RegExp(text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'iu');
  return ({ messages }) => messages.some(({ content }) => pattern.test(content));
}

/** The rows of the last search stay until those of the next one are there. */
export function useShownRows(examples: readonly Example[], wanted: Wanted, flagged: Flagged): ShownRows {
  const { text, filter } = wanted;
  const all = text.trim() === '' && filter === 'all';
  const [shown, setShown] = useState<ShownRows>();
  useEffect(() => {
    let stopped = false;
    if (all) setShown(undefined);
    else {
      findRows(examples, { text, filter }, flagged, () => stopped).then((indices) => {
        if (indices) setShown({ examples, indices, wanted: `${filter} ${text}` });
      });
    }
    return () => {
      stopped = true;
    };
  }, [examples, text, filter, flagged, all]);
  return useMemo(() => (all || !shown ? { examples, indices: undefined, wanted: '' } : shown), [all, shown, examples]);
}
