/** A file of a run's own in the system's folder for temporary files. */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scratch } from '../engine/hub/scratch';

export async function temporaryScratch(): Promise<Scratch> {
  const path = join(tmpdir(), `distillery-${crypto.randomUUID()}`);
  const file = openSync(path, 'wx+');
  // Without its name already, where the system allows that: a process that is killed leaves nothing behind.
  const remove = () => rmSync(path, { force: true });
  if (process.platform !== 'win32') remove();
  return {
    file: {
      read: (buffer, { at }) => readSync(file, buffer, 0, buffer.byteLength, at),
      write: (buffer, { at }) => writeSync(file, buffer, 0, buffer.byteLength, at),
    },
    close: async () => {
      closeSync(file);
      remove();
    },
  };
}
