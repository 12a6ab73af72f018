/** Small JSON files in the browser's storage, never seen half written. */
import { MOST, parseJson, textWithin } from '../bounded';
import { type Directory, ifThere, type SyncFile } from './directory';

/** Undefined when there is none, or when it cannot be read. */
export async function readJsonFile(folder: Directory, name: string): Promise<unknown> {
  const file = await (await ifThere(folder.getFileHandle(name)))?.getFile();
  try {
    return file && parseJson(await textWithin(file, name, MOST.config));
  } catch {
    return undefined;
  }
}

/** `opened` may say in words why another tab's open file cannot be written. */
export async function writeJsonFile(
  folder: Directory,
  name: string,
  value: unknown,
  opened: (open: () => Promise<SyncFile>) => Promise<SyncFile> = (open) => open(),
): Promise<void> {
  const handle = await folder.getFileHandle(`${name}.part`, { create: true });
  const part = await opened(() => handle.createSyncAccessHandle());
  try {
    part.truncate(0);
    part.write(new TextEncoder().encode(JSON.stringify(value)), { at: 0 });
    part.flush();
  } finally {
    part.close();
  }
  await handle.move(name);
}
