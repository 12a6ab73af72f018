/** One file, or a part of one, over the line, with the bytes counted: a browser counts in `XMLHttpRequest` only. */

/** `progress` is told the bytes that have gone so far. Rejects with the signal's reason, or when the line breaks. */
export type Send = (
  address: string,
  body: Blob,
  headers: Headers,
  signal: AbortSignal,
  progress: (bytes: number) => void,
) => Promise<Response>;

export const send: Send = (...asked) =>
  typeof XMLHttpRequest === 'undefined' ? sendCounted(...asked) : sendByXhr(...asked);

const sendByXhr: Send = (address, body, headers, signal, progress) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    signal.addEventListener('abort', stop);
    request.upload.addEventListener('progress', ({ loaded }) => progress(loaded));
    request.addEventListener('load', () => resolve(answerOf(request)));
    request.addEventListener('error', () => reject(new TypeError('the line broke')));
    request.addEventListener('abort', () => reject(signal.reason));
    request.addEventListener('loadend', () => signal.removeEventListener('abort', stop));
    request.open('PUT', address);
    headers.forEach((value, name) => {
      request.setRequestHeader(name, value);
    });
    request.send(body);
  });

function answerOf(request: XMLHttpRequest): Response {
  const etag = request.getResponseHeader('etag');
  const after = request.getResponseHeader('retry-after');
  const headers = { ...(etag && { etag }), ...(after && { 'retry-after': after }) };
  return new Response(request.responseText || null, { status: request.status, headers });
}

const sendCounted: Send = (address, body, headers, signal, progress) =>
  fetch(address, { method: 'PUT', body: new CountedBlob(body, progress), headers, signal });

/** Tells what is read of it: Node's `fetch` reads a file as fast as the line takes it. */
class CountedBlob extends Blob {
  private readonly of: Blob;
  private readonly progress: (bytes: number) => void;

  constructor(of: Blob, progress: (bytes: number) => void) {
    super([]);
    this.of = of;
    this.progress = progress;
    Object.defineProperty(this, 'size', { value: of.size });
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let bytes = 0;
    const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (piece, out) => {
        bytes += piece.length;
        this.progress(bytes);
        out.enqueue(piece);
      },
    });
    return this.of.stream().pipeThrough(count);
  }
}
