/** Where results go: a folder or a zip that the person picks, or the browser's own storage. */
import { exportsFolder, type Saved, type SavePlace } from '../../store';

declare global {
  interface Window {
    /** Chrome and Edge; newer than the types. */
    showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
  }
}

export type Where = 'browser' | 'folder' | 'zip';

export interface Place {
  readonly place: SavePlace;
  /** The folder that was written, where one can be gone into; to be called once everything is written. */
  readonly finish: (saved: Saved) => Promise<FileSystemDirectoryHandle | undefined>;
}

/**
 * Where no folder can be picked, a zip stands in for it. Undefined when the person closed the picker. To be called in the click
 * itself. Rejects when the browser refuses.
 */
export async function choosePlace(where: Where, name: string): Promise<Place | undefined> {
  try {
    if (where === 'browser') return inside(await exportsFolder(ownStorage));
    if (where === 'folder' && window.showDirectoryPicker)
      return inside(await window.showDirectoryPicker({ id: 'results', mode: 'readwrite' }));
    return await zipPlace(`${name}.zip`);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

function inside(folder: FileSystemDirectoryHandle): Place {
  return { place: folder, finish: (saved) => folder.getDirectoryHandle(saved.folder) };
}

async function zipPlace(name: string): Promise<Place> {
  const { file, finish } = await zipFile(name);
  return { place: file, finish: async () => finish() };
}

/**
 * A zip that is made while it is read, into a file that the person picks, or by way of the browser's storage into the
 * downloads: no more of it is in memory than a piece. Its name; undefined when `make` gave none, or the person closed the
 * picker. To be called in the click itself.
 */
export async function saveZip(
  name: string,
  make: () => Promise<ReadableStream<Uint8Array> | undefined>,
): Promise<string | undefined> {
  try {
    const { file, finish } = await zipFile(name);
    const zip = await make();
    if (!zip) return undefined;
    await zip.pipeTo(await file.createWritable());
    await finish();
    return file.name;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

interface ZipFile {
  readonly file: FileSystemFileHandle;
  /** Once everything is written. */
  readonly finish: () => Promise<undefined>;
}

async function zipFile(name: string): Promise<ZipFile> {
  const picked = await window.showSaveFilePicker?.({ suggestedName: name });
  if (picked) return { file: picked, finish: async () => undefined };
  const file = await (await emptied()).getFileHandle(name, { create: true });
  return { file, finish: async () => downloadKept(await file.getFile(), name) };
}

const OWN = 'results';
const handedOut: string[] = [];
const ownStorage = () => navigator.storage.getDirectory();

/** What was downloaded before is in the downloads by now: its copy and its address go. */
async function emptied(): Promise<FileSystemDirectoryHandle> {
  const root = await ownStorage();
  await root.removeEntry(OWN, { recursive: true }).catch(() => {});
  for (const address of handedOut.splice(0)) URL.revokeObjectURL(address);
  return root.getDirectoryHandle(OWN, { create: true });
}

/** The browser reads the file from its storage while it downloads it: it is never in memory. */
function downloadKept(file: File, name: string): undefined {
  const address = URL.createObjectURL(file);
  handedOut.push(address);
  download(address, name);
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
