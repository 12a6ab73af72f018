/** What a person has changed of the rows, as it is to be kept: also while it waits to be made again, and where it could not be. */
import type { RowChanges } from './runs/held';
import type { SessionStore } from './session';

export interface ChangesKept {
  /** As they stand, or as they stood where they could not be made again and nothing else was changed since. */
  now(): RowChanges;
  /** These are to be made again. */
  hold(changes: RowChanges): void;
  /** Those that wait for it. */
  waiting(): RowChanges | undefined;
  /** They were made again, as far as that went. */
  made(): void;
}

export function keepChanges(store: SessionStore): ChangesKept {
  let held: RowChanges | undefined;
  /** What stood in the page when making them again had ended. */
  let reached: RowChanges | undefined;
  const shown = (): RowChanges => {
    const { division, edits } = store.getState();
    return { division, edits };
  };
  const untouched = ({ division, edits }: RowChanges): boolean =>
    reached === undefined || (reached.division === division && reached.edits === edits);

  return {
    now: () => (held && untouched(shown()) ? held : shown()),
    hold: (changes) => {
      [held, reached] = [changes, undefined];
    },
    waiting: () => held,
    made: () => {
      reached = shown();
      if (held && isWhole(held, reached)) held = undefined;
    },
  };
}

function isWhole(wanted: RowChanges, reached: RowChanges): boolean {
  return (
    wanted.edits.done.length === reached.edits.done.length &&
    wanted.edits.undone.length === reached.edits.undone.length &&
    (wanted.division === undefined) === (reached.division === undefined)
  );
}
