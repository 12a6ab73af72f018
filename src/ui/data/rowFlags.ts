/** What is known of the rows of a split, row by row, from what the engine found in them. */
import { type DataSlot, type Example, fates } from '../../store';

export const flagNames = ['repeats', 'contradicts', 'leaks', 'cut', 'dropped'] as const;
export type Flag = (typeof flagNames)[number];

export interface Flagged {
  /** Rows with at least one flag. By the row itself: an edited row has none until it is looked at again. */
  readonly flags: ReadonlyMap<Example, ReadonlySet<Flag>>;
  readonly counts: Readonly<Record<Flag, number>>;
}

type Found = Pick<DataSlot, 'twins' | 'lengths'>;

export function flagged({ twins, lengths }: Found): Flagged {
  const flags = new Map<Example, Set<Flag>>();
  const counts: Record<Flag, number> = { repeats: 0, contradicts: 0, leaks: 0, cut: 0, dropped: 0 };
  const mark = (example: Example | undefined, flag: Flag): void => {
    if (!example) return;
    counts[flag] += 1;
    const known = flags.get(example);
    if (known) known.add(flag);
    else flags.set(example, new Set([flag]));
  };
  for (const flag of ['repeats', 'contradicts', 'leaks'] as const)
    twins?.found[flag].forEach((twin, i) => {
      if (twin >= 0) mark(twins.examples[i], flag);
    });
  lengths?.found.fates.forEach((fate, i) => {
    if (fate === fates.cut) mark(lengths.examples[i], 'cut');
    if (fate === fates.dropped) mark(lengths.examples[i], 'dropped');
  });
  return { flags, counts };
}

/** `problems`: any flag. */
export type RowFilter = 'all' | 'problems' | Flag;

export function matchesFlags({ flags }: Flagged, filter: RowFilter, example: Example): boolean {
  if (filter === 'all') return true;
  const found = flags.get(example);
  return found !== undefined && (filter === 'problems' || found.has(filter));
}
