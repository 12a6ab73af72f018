/** One zip file instead of a folder, made while its files are written: no more than a piece of it waits in memory. */
import { makeZip } from 'client-zip';
import { type Destination, told } from './directory';
import type { Sink } from './sink';

interface Entry {
  readonly name: string;
  readonly input: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Into `file`, below a folder that is called `folder` inside the zip. Throws a StudioError as `saveError` of a folder does. */
export async function newZip(file: FileSystemFileHandle, folder: string): Promise<Destination> {
  const out = await told(file.name, () => file.createWritable());
  const entries = new TransformStream<Entry, Entry>();
  const queue = entries.writable.getWriter();
  let bytes = 0;
  const files: string[] = [];
  const whole = told(file.name, () => makeZip(entries.readable).pipeTo(out));
  // A file that cannot be written ends the zip: whoever writes meanwhile would wait for ever.
  const unlessBroken = async (work: Promise<void>): Promise<void> => {
    await Promise.race([work, whole.then(() => work)]);
  };
  whole.catch(() => {});

  const sink: Sink = {
    create: async (name) => {
      const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
      const writer = writable.getWriter();
      writer.closed.catch(() => {});
      await unlessBroken(queue.write({ name: `${folder}/${name}`, input: readable }));
      return {
        write: async (piece) => {
          // Taken when the zip has room for it, and by then its owner may have written over it.
          await unlessBroken(writer.write(piece.slice()));
          bytes += piece.byteLength;
        },
        close: async () => {
          await unlessBroken(writer.close());
          files.push(name);
        },
        // Not waited for: a piece that nobody takes any more would hold it up.
        abort: async () => void writer.abort(new Error('given up')).catch(() => {}),
      };
    },
  };
  return {
    sink,
    finish: async () => {
      await unlessBroken(queue.close());
      await whole;
      return { folder: file.name, files, bytes };
    },
    discard: async () => {
      void queue.abort(new Error('given up')).catch(() => {});
      await whole.catch(() => {});
      await removed(file);
    },
  };
}

/** The picker makes an empty file; only newer browsers can take it away again. */
async function removed(file: FileSystemFileHandle & { remove?: () => Promise<void> }): Promise<void> {
  await file.remove?.().catch(() => {});
}
