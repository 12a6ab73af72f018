/** A file as the library reads it to its checksum: slice by slice, as everywhere here (why: `formats/folder.ts`). */

/** Bytes that are held of a file at a time. */
export const pieceBytes = 4 * 1024 * 1024;

/** The same bytes; its stream is made of slices, each read when it is asked for. */
export function inPieces(file: Blob): Blob {
  const whole = file.slice();
  return Object.defineProperty(whole, 'stream', { value: () => slices(whole) });
}

function slices(file: Blob): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull: async (controller) => {
      if (at >= file.size) return controller.close();
      const piece = new Uint8Array(await file.slice(at, at + pieceBytes).arrayBuffer());
      // A file that became shorter ends here; its checksum tells.
      at = piece.length === 0 ? file.size : at + piece.length;
      if (piece.length > 0) controller.enqueue(piece);
      else controller.close();
    },
  });
}
