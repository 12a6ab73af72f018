/**
 * The second engine over postMessage, in a worker of its own that lives from opening to closing: WebAssembly's memory never
 * shrinks, and what was taken for a model goes only with its worker. Started by the engine's worker, and by the page.
 */
import type { Risk } from '../../engine/lookout';
import type { OpenSecond, ReadProgress, SecondRequest, TryOut } from '../../engine/vouch/second';
import type { Port } from '../client';
import { RemoteError } from '../failure';
import { outlived } from '../life';
import { ownScript } from '../ownScript';
import { createPatience } from '../patience';
import type { Failure } from '../protocol';
import type { SecondCommand, SecondEvent, SecondReply } from './protocol';
import address from './worker.ts?worker&url';

export const openSecond: OpenSecond = (request) => open(request);

export interface Opening {
  readonly progress: ReadProgress;
  /** Ends the worker; what is being opened then rejects with `second-closed`. */
  readonly signal: AbortSignal;
}

export type OpenTryOut = (request: Omit<SecondRequest, 'runtime'>, opening: Opening) => Promise<TryOut>;

/** An exported folder in transformers.js, to talk to. Rejects as `OpenSecond`. */
export const openTryOut: OpenTryOut = (request, opening) => open({ ...request, runtime: 'transformers.js' }, opening);

async function open(request: SecondRequest, opening?: Opening): Promise<TryOut> {
  // Given up before it began: nobody would be told any more.
  if (opening?.signal.aborted) throw new RemoteError(closed);
  const worker = new Worker(ownScript(address), { type: 'module', name: 'second engine' });
  const client = createSecondClient(worker, () => worker.terminate());
  opening?.signal.addEventListener('abort', () => client.close());
  try {
    await client.open(request, opening?.progress);
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

interface Pending {
  readonly settle: (reply: SecondReply) => void;
  readonly reject: (failure: Failure) => void;
  readonly listen: ((told: Told) => void) | undefined;
}

/** What a command tells before it is answered. */
type Told = Extract<SecondEvent, { type: 'loading' | 'text' }>;

const closed: Failure = { code: 'second-closed', message: 'The second engine was closed.', detail: {} };

/** `shutDown` ends what is behind the port; `every` milliseconds its patience goes by a second; `locks`: those of page and workers. */
export function createSecondClient(
  port: Port,
  shutDown: () => void,
  every?: number,
  locks: Pick<LockManager, 'request'> | undefined = globalThis.navigator?.locks,
): TryOut & { open(request: SecondRequest, progress?: ReadProgress): Promise<void> } {
  const pending = new Map<number, Pending>();
  let gone: Failure | undefined;
  let nextId = 1;

  const lose = (failure: Failure): void => {
    patience.end();
    gone ??= failure;
    for (const { reject } of pending.values()) reject(gone);
    pending.clear();
    shutDown();
  };

  const patience = createPatience((risk) => lose(stuck(risk)), every);

  const receive = (event: SecondEvent): void => {
    if (event.type === 'risk') {
      patience.hear(event.risk);
      return;
    }
    if (event.type === 'alive') {
      // WebAssembly asks for all of a model's memory: this is the worker that a browser ends first.
      outlived(locks, event.lock).then(() => lose(crash('its worker ended')));
      return;
    }
    const waiting = pending.get(event.id);
    if (event.type === 'text' || event.type === 'loading') {
      waiting?.listen?.(event);
      return;
    }
    pending.delete(event.id);
    if (event.type === 'reply') waiting?.settle(event.reply);
    else waiting?.reject(event.failure);
  };

  port.addEventListener('message', (event) => {
    if (event instanceof MessageEvent) receive(event.data);
  });
  port.addEventListener('messageerror', () => lose(crash('a message that cannot be read')));
  port.addEventListener('error', (event) =>
    lose(crash('message' in event && event.message ? String(event.message) : 'no reason given')),
  );

  const ask = <T>(
    command: (id: number) => SecondCommand,
    pick: (reply: SecondReply) => T | undefined,
    listen?: Pending['listen'],
  ): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (gone) return reject(new RemoteError(gone));
      const id = nextId++;
      const settle = (reply: SecondReply): void => {
        const value = pick(reply);
        if (value === undefined) reject(new RemoteError(crash(`a reply to “${reply.to}” that was not asked for`)));
        else resolve(value);
      };
      pending.set(id, { settle, listen, reject: (failure) => reject(new RemoteError(failure)) });
      port.postMessage(command(id));
    });

  return {
    open: async (request, progress) => {
      await ask(
        (id) => ({ type: 'open', id, request }),
        (reply) => (reply.to === 'open' ? reply.value : undefined),
        (told) => told.type === 'loading' && progress?.(told.bytes, told.total),
      );
    },
    answer: (prompt, options) =>
      ask(
        (id) => ({ type: 'answer', id, prompt, options }),
        (reply) => (reply.to === 'answer' ? reply.value : undefined),
      ),
    chat: (messages, options, listen) =>
      ask(
        (id) => ({ type: 'chat', id, messages, options }),
        (reply) => (reply.to === 'chat' ? reply.value : undefined),
        (told) => told.type === 'text' && listen(told.event),
      ),
    stop: () => {
      if (!gone) port.postMessage({ type: 'stop' } satisfies SecondCommand);
    },
    close: async () => lose(closed),
  };
}

function crash(reason: string): Failure {
  const message = `The worker of the second engine stopped unexpectedly: ${reason}. Open the folder again; if it happens again, choose a smaller form.`;
  return { code: 'second-crash', message, detail: { reason } };
}

function stuck({ model, seconds }: Risk): Failure {
  const message =
    `The tokenizer of "${model}" did not come back within ${seconds} seconds, so the second engine was closed: its rules may run ` +
    'without end on such a text. Ask something else, or use another model.';
  return { code: 'second-stuck', message, detail: { model, seconds } };
}
