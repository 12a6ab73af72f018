/** The fingerprints of the rows that are open. */

import { fingerprint } from '../../engine/runs/fingerprint';
import { splitNames } from '../../engine/runs/names';
import type { Split } from '../types';
import type { Held } from './held';

/** Tells them of the rows that are open, one after the other. */
export async function fingerprints(
  { rows, changes }: Held,
  tell: (split: Split, fingerprint: string) => void,
): Promise<void> {
  // Of rows that were edited, the files say too little.
  if (changes.edits.done.length > 0) return;
  for (const split of splitNames) {
    const own = rows[split];
    const print = own && (await fingerprint(new Blob(own.files.map(({ file }) => file))));
    if (print) tell(split, print);
  }
}
