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

export interface ZipWatch {
  /** Bytes of the zip so far. */
  readonly progress: (bytes: number) => void;
  /** Ends it; nothing of it stays. */
  readonly signal: AbortSignal;
}

/**
 * A zip that is made while it is read, into a file that the person picks, or by way of the browser's storage into the
 * downloads: no more of it is in memory than a piece. Its name; undefined when `make` gave none, or the person closed the
 * picker or stopped it. To be called in the click itself.
 */
export async function saveZip(
  name: string,
  make: () => Promise<ReadableStream<Uint8Array> | undefined>,
  watch?: ZipWatch,
): Promise<string | undefined> {
  try {
    const { file, finish } = await zipFile(name);
    const written = await writeZip(file, make, watch).catch(async (error: unknown) => {
      await removed(file);
      throw error;
    });
    await (written ? finish() : removed(file));
    return written ? file.name : undefined;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

/** False when there was nothing to write. */
async function writeZip(
  file: FileSystemFileHandle,
  make: () => Promise<ReadableStream<Uint8Array> | undefined>,
  watch: ZipWatch | undefined,
): Promise<boolean> {
  const zip = await make();
  if (!zip) return false;
  const writable = await file.createWritable();
  if (watch) await zip.pipeThrough(counted(watch.progress)).pipeTo(writable, { signal: watch.signal });
  else await zip.pipeTo(writable);
  return true;
}

/** The picker makes an empty file; only newer browsers can take it away again. */
async function removed(file: FileSystemFileHandle & { remove?: () => Promise<void> }): Promise<void> {
  await file.remove?.().catch(() => {});
}

function counted(progress: ZipWatch['progress']): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform: (piece, stream) => {
      bytes += piece.byteLength;
      progress(bytes);
      stream.enqueue(piece);
    },
  });
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
