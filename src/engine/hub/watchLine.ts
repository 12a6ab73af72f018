/** Gives up a connection on which nothing comes any more: a browser would wait for it forever. */

export interface WatchedLine {
  /** Aborted by the person, by silence, or at the end. */
  readonly signal: AbortSignal;
  /** Something came. */
  alive(): void;
  /** The connection is no longer needed, whatever is still coming on it. */
  end(): void;
}

export function watchLine(outer: AbortSignal, silence: number, reason: () => Error): WatchedLine {
  outer.throwIfAborted();
  const inner = new AbortController();
  const start = () => setTimeout(() => inner.abort(reason()), silence);
  const stop = (): void => inner.abort(outer.reason);
  let timer = start();
  outer.addEventListener('abort', stop);
  return {
    signal: inner.signal,
    alive: () => {
      clearTimeout(timer);
      timer = start();
    },
    end: () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', stop);
      inner.abort();
    },
  };
}
