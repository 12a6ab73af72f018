/** Where a model's files come from: an address, or the files that a person picked or dropped. */
import type { FolderSource } from '../studio';
import { StudioError } from '../studioError';
import type { ByteSource } from './safetensors';

export interface Folder {
  readonly name: string;
  /** Of all files; an address does not tell. */
  names(): readonly string[];
  /** Refuses early, naming every file that is known to be missing; of a list, one is enough. */
  require(files: readonly (string | readonly string[])[]): void;
  /** The file. Throws a StudioError `files-missing` or `fetch-failed`. */
  get(file: string): Promise<Blob>;
  /** The file, or `undefined` where there is none. */
  optional(file: string): Promise<Blob | undefined>;
}

export function openFolder(source: FolderSource): Folder {
  return source.kind === 'url' ? urlFolder(source.name, source.url) : fileFolder(source.name, source.files);
}

export function blobSource(name: string, blob: Blob): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (start, end, into) => {
      const part = blob.slice(start, end);
      return into ? readInto(part, into) : new Uint8Array(await part.arrayBuffer());
    },
  };
}

/** Chromium 156 takes a stream for garbage while it is being read, unless a script holds it: the read then never ends. */
const underway = new Set<ReadableStreamBYOBReader>();

/** Browsers free what `arrayBuffer` gives only when they collect garbage; read so, one buffer serves a whole file. */
async function readInto(blob: Blob, into: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>> {
  const reader = blob.stream().getReader({ mode: 'byob' });
  underway.add(reader);
  try {
    return await fill(reader, into, blob.size);
  } finally {
    underway.delete(reader);
  }
}

/** Every read takes the buffer over and gives it back. */
async function fill(
  reader: ReadableStreamBYOBReader,
  into: ArrayBuffer,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let [buffer, filled] = [into, 0];
  while (filled < size) {
    const { value, done } = await reader.read(new Uint8Array(buffer, filled, size - filled));
    buffer = value!.buffer;
    if (done) break;
    filled += value.length;
  }
  await reader.cancel();
  return new Uint8Array(buffer, 0, filled);
}

function fileFolder(name: string, files: readonly File[]): Folder {
  const byName = new Map<string, File>();
  // Deepest first, so that of two files with one name the one nearer the top stays (checkpoints lie in subfolders).
  for (const file of files.toSorted((a, b) => depth(b) - depth(a))) byName.set(baseName(file), file);
  const require: Folder['require'] = (wanted) => {
    const missing = wanted.filter((item) => ![item].flat().some((file) => byName.has(file)));
    if (missing.length > 0)
      throw filesMissing(
        name,
        missing.map((item) => [item].flat()[0]!),
      );
  };
  return {
    name,
    names: () => [...byName.keys()],
    require,
    optional: async (file) => byName.get(file),
    async get(file) {
      const found = byName.get(file);
      if (!found) throw filesMissing(name, [file]);
      return found;
    },
  };
}

function baseName(file: File): string {
  return file.name.split('/').at(-1) ?? file.name;
}

function depth(file: File): number {
  return (file.webkitRelativePath || file.name).split('/').length;
}

function filesMissing(model: string, files: readonly string[]): StudioError {
  const list = files.join(', ');
  return new StudioError('files-missing', `The folder of the model "${model}" lacks ${list}.`, { model, files: list });
}

function urlFolder(name: string, url: string): Folder {
  const base = url.endsWith('/') ? url : `${url}/`;
  return {
    name,
    names: () => [],
    // Asking for every file only to know that it is there would cost a request each.
    require: () => {},
    optional: (file) => download(file, base + file),
    async get(file) {
      const blob = await download(file, base + file);
      if (blob) return blob;
      const message = `The model "${name}" lacks ${file}: there is nothing at ${base + file}.`;
      throw new StudioError('files-missing', message, { model: name, files: file, address: base + file });
    },
  };
}

async function download(file: string, address: string): Promise<Blob | undefined> {
  try {
    const response = await fetch(address);
    if (response.status === 404 || isPage(response)) return undefined;
    if (!response.ok) throw fetchFailed(file, address, `the server answered ${response.status}`);
    return await response.blob();
  } catch (error) {
    if (error instanceof StudioError) throw error;
    throw fetchFailed(file, address, error instanceof Error ? error.message : String(error));
  }
}

/** Servers of single-page applications answer a missing file with their start page and status 200. */
function isPage(response: Response): boolean {
  return response.ok && (response.headers.get('content-type') ?? '').startsWith('text/html');
}

function fetchFailed(file: string, address: string, reason: string): StudioError {
  return new StudioError('fetch-failed', `${file} could not be fetched from ${address}: ${reason}.`, {
    file,
    address,
    reason,
  });
}
