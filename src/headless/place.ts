/** Files that take their place at once and for good. */
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** `part` is whole and on the disk; under its new name it stands even after the power goes. */
export async function moveIntoPlace(part: string, whole: string): Promise<void> {
  await rename(part, whole);
  // Windows has no such thing for folders, and keeps names by itself.
  if (process.platform === 'win32') return;
  await using folder = await open(dirname(whole));
  await folder.sync();
}
