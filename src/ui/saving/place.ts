/** Where results go: a folder that the person picks, or the browser's own storage and from there into the downloads. */
import type { Saved } from '../../store';

export interface Place {
  readonly folder: FileSystemDirectoryHandle;
  /** Called once everything is written. */
  readonly finish: (saved: Saved) => Promise<void>;
}

/** Undefined when the person closed the picker. To be called in the click itself. Rejects when the browser refuses. */
export async function choosePlace(): Promise<Place | undefined> {
  if (!window.showDirectoryPicker) return ownStorage();
  try {
    const folder = await window.showDirectoryPicker({ id: 'results', mode: 'readwrite' });
    return { folder, finish: async () => {} };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

/** True where files are downloaded one by one instead of written into a folder. */
export function downloads(): boolean {
  return !window.showDirectoryPicker;
}

const OWN = 'results';
const handedOut: string[] = [];

/** What was downloaded before is in the downloads by now: its copy and its address go. */
async function ownStorage(): Promise<Place> {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(OWN, { recursive: true }).catch(() => {});
  for (const address of handedOut.splice(0)) URL.revokeObjectURL(address);
  const folder = await root.getDirectoryHandle(OWN, { create: true });
  return { folder, finish: (saved) => downloadAll(folder, saved) };
}

/** The browser reads the files from its storage while it downloads them: none is held in memory. */
async function downloadAll(parent: FileSystemDirectoryHandle, saved: Saved): Promise<void> {
  const folder = await parent.getDirectoryHandle(saved.folder);
  for (const name of saved.files) {
    const address = URL.createObjectURL(await fileAt(folder, name));
    handedOut.push(address);
    download(address, name.split('/').at(-1)!);
    // Downloads that start in one moment are taken for one by some browsers.
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function fileAt(folder: FileSystemDirectoryHandle, path: string): Promise<File> {
  const [name, ...below] = path.split('/').reverse();
  let directory = folder;
  for (const part of below.reverse()) directory = await directory.getDirectoryHandle(part);
  return (await directory.getFileHandle(name!)).getFile();
}

/** A file that the page has made; the browser reads it while it is downloaded, so that its address lives a while. */
export function downloadBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  download(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function download(address: string, name: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
}
