/** `StudioEngine` over postMessage: one promise per command, stage events to the listener of their run. */
import type { Example } from '../engine/data/jsonl';
import type { StudioEngine } from '../engine/studio';
import { RemoteError } from './failure';
import { outlived } from './life';
import { ownScript } from './ownScript';
import { createPatience, stuck } from './patience';
import type { Command, Failure, Reply, Event as WorkerEvent } from './protocol';
import address from './worker.ts?worker&url';

/** A `Worker` or a `MessagePort`. */
export interface Port extends EventTarget {
  postMessage(message: unknown): void;
}

export interface EngineClient extends StudioEngine {
  /** Settles when the worker or its GPU is gone; every pending promise has been rejected by then. */
  readonly lost: Promise<Failure>;
  /** Forgets the worker: pending promises are rejected, later calls too. */
  close(): void;
}

/** What a command tells before it is answered. */
type Listen = (
  event: Extract<
    WorkerEvent,
    { type: 'stage' | 'chat' | 'download' | 'saving' | 'measuring' | 'rows' | 'selfTest' | 'vouch' | 'push' }
  >,
) => void;

interface Pending {
  readonly settle: (reply: Reply) => void;
  readonly reject: (failure: Failure) => void;
  /** Told what comes before the reply. */
  readonly listen: Listen | undefined;
}

/** What a command says beside its type and number, and what answers it. */
type Asked<To> = Omit<Extract<Command, { type: To; id: number }>, 'type' | 'id'>;
type Answers = { readonly [R in Reply as R['to']]: R['value'] };

/** Undefined where the reply is to another command. */
function valueFor<To extends Reply['to']>(reply: Reply, to: To): Answers[To] | undefined {
  // The protocol says which value goes with which name, and TypeScript does not follow it through a name that is not known yet.
  return reply.to === to ? (reply.value as Answers[To]) : undefined;
}

const closed: Failure = { code: 'worker-closed', message: 'The engine was shut down.', detail: {} };

export function startWorker(): Worker {
  return new Worker(ownScript(address), { type: 'module', name: 'distillery' });
}

/**
 * `shutDown` ends what is behind the port; `tick`: milliseconds that count as a second of patience; `locks`: those of the page and of
 * its workers.
 */
export function createClient(
  port: Port,
  shutDown: () => void = () => {},
  tick?: number,
  locks: Pick<LockManager, 'request'> | undefined = globalThis.navigator?.locks,
): EngineClient {
  const pending = new Map<number, Pending>();
  let gone: Failure | undefined;
  let nextId = 1;
  let tellLost: (failure: Failure) => void = () => {};
  const lost = new Promise<Failure>((resolve) => {
    tellLost = resolve;
  });

  const lose = (failure: Failure): void => {
    if (gone) return;
    gone = failure;
    patience.end();
    for (const { reject } of pending.values()) reject(failure);
    pending.clear();
    tellLost(failure);
  };

  const patience = createPatience((risk) => {
    lose(stuck(risk));
    shutDown();
  }, tick);

  const answer = (event: Extract<WorkerEvent, { type: 'reply' | 'failed' }>): void => {
    const waiting = pending.get(event.id);
    pending.delete(event.id);
    if (event.type === 'reply') waiting?.settle(event.reply);
    else waiting?.reject(event.failure);
  };

  const receive = (event: WorkerEvent): void => {
    if (event.type === 'risk') patience.hear(event.risk);
    else if (event.type === 'alive') outlived(locks, event.lock).then(() => lose(crash('its worker ended')));
    else if (event.type === 'lost') lose(event.failure);
    else if (event.type === 'reply' || event.type === 'failed') answer(event);
    else pending.get(event.id)?.listen?.(event);
  };

  port.addEventListener('message', (event) => {
    if (event instanceof MessageEvent) receive(event.data);
  });
  port.addEventListener('messageerror', () => lose(crash('a message that cannot be read')));
  port.addEventListener('error', (event) =>
    lose(crash('message' in event ? String(event.message) : 'no reason given')),
  );

  const ask = <To extends Reply['to']>(to: To, asked: Asked<To>, listen?: Listen): Promise<Answers[To]> =>
    new Promise((resolve, reject) => {
      if (gone) return reject(new RemoteError(gone));
      const id = nextId++;
      const settle = (reply: Reply): void => {
        const value = valueFor(reply, to);
        if (value === undefined) reject(new RemoteError(crash(`a reply to “${reply.to}” that was not asked for`)));
        else resolve(value);
      };
      pending.set(id, { settle, listen, reject: (failure) => reject(new RemoteError(failure)) });
      port.postMessage({ type: to, id, ...asked });
    });

  const tell = (command: Command): void => {
    if (!gone) port.postMessage(command);
  };

  return {
    lost,
    open: () => ask('open', {}),
    loadModel: (role, source) => ask('loadModel', { role, source }),
    closeModel: async (role) => {
      await ask('closeModel', { role });
    },
    loadData: async (split, name, file, options) => {
      const examples: Example[] = [];
      const dataset = await ask(
        'loadData',
        { split, name, file, options },
        (news) => news.type === 'rows' && examples.push(...news.examples),
      );
      return { ...dataset, examples };
    },
    editRows: async (split, changes) => {
      await ask('editRows', { split, changes });
    },
    divideRows: (share, seed) => ask('divideRows', { share, seed }),
    findTwins: () => ask('findTwins', {}),
    measureRows: (role, recipe, progress) =>
      ask('measureRows', { role, recipe }, (news) => news.type === 'measuring' && progress(news.done, news.total)),
    rowTokens: (split, place, role, recipe) => ask('rowTokens', { split, place, role, recipe }),
    loadAdapter: (role, source) => ask('loadAdapter', { role, source }),
    discardAdapter: async (role) => {
      await ask('discardAdapter', { role });
    },
    restoreResult: async (artifact, source, steps) => {
      await ask('restoreResult', { artifact, source, steps });
    },
    saveInto: (artifact, place, options, progress) =>
      ask(
        'saveInto',
        { artifact, place, options },
        (news) => news.type === 'saving' && progress(news.bytes, news.total),
      ),
    kernels: (request) => ask('kernels', { request }),
    selfTest: (request, listen) =>
      ask('selfTest', { request }, (told) => told.type === 'selfTest' && listen(told.progress)),
    plan: (recipe) => ask('plan', { recipe }),
    run: (stage, recipe, listen, keeping) =>
      ask('run', { stage, recipe, keeping }, (told) => told.type === 'stage' && listen(told.event)),
    checkpoints: () => ask('checkpoints', {}),
    inspectCheckpoint: (file) => ask('inspectCheckpoint', { file }),
    checkpointFile: (key) => ask('checkpointFile', { key }),
    deleteCheckpoints: async (keys) => {
      await ask('deleteCheckpoints', { keys });
    },
    chat: (request, listen) => ask('chat', { request }, (told) => told.type === 'chat' && listen(told.event)),
    compareTokens: (request) => ask('compareTokens', { request }),
    findModel: (request) => ask('findModel', { request }),
    download: (request, listen) =>
      ask('download', { request }, (told) => told.type === 'download' && listen(told.progress)),
    storedModels: () => ask('storedModels', {}),
    deleteStored: (key) => ask('deleteStored', { key }),
    inspectPush: (folder) => ask('inspectPush', { folder }),
    push: (request, listen) => ask('push', { request }, (told) => told.type === 'push' && listen(told.progress)),
    cancelPush: () => tell({ type: 'cancelPush' }),
    cancelDownload: () => tell({ type: 'cancelDownload' }),
    stopSelfTest: () => tell({ type: 'stopSelfTest' }),
    stopChat: () => tell({ type: 'stopChat' }),
    vouch: (request, listen) => ask('vouch', { request }, (news) => news.type === 'vouch' && listen(news.event)),
    stopVouching: () => tell({ type: 'stopVouching' }),
    pause: () => tell({ type: 'pause' }),
    resume: () => tell({ type: 'resume' }),
    stop: () => tell({ type: 'stop' }),
    close: () => {
      lose(closed);
      shutDown();
    },
  };
}

function crash(reason: string): Failure {
  return { code: 'worker-crash', message: `The engine stopped unexpectedly: ${reason}.`, detail: { reason } };
}
