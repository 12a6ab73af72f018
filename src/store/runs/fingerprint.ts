/** What tells two files of rows apart, whatever they are called. */

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

/** SHA-256, hexadecimal; undefined where the page may not compute it (an insecure address) or the file cannot be read. */
async function fingerprint(file: Blob): Promise<string | undefined> {
  try {
    const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  } catch {
    return undefined;
  }
}
