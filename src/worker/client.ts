/** `StudioEngine` over postMessage: one promise per command, stage events to the listener of their run. */
import type { Example } from '../engine/data/jsonl';
import type { StudioEngine } from '../engine/studio';
import { RemoteError } from './failure';
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

const closed: Failure = { code: 'worker-closed', message: 'The engine was shut down.', detail: {} };

export function startWorker(): Worker {
  return new Worker(ownScript(address), { type: 'module', name: 'distillery' });
}

/** `shutDown` ends what is behind the port; `tick`: milliseconds that count as a second of patience. */
export function createClient(port: Port, shutDown: () => void = () => {}, tick?: number): EngineClient {
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

  const ask = <T>(
    command: (id: number) => Command,
    pick: (reply: Reply) => T | undefined,
    listen?: Listen,
  ): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (gone) return reject(new RemoteError(gone));
      const id = nextId++;
      const settle = (reply: Reply): void => {
        const value = pick(reply);
        if (value === undefined) reject(new RemoteError(crash(`a reply to “${reply.to}” that was not asked for`)));
        else resolve(value);
      };
      pending.set(id, { settle, listen, reject: (failure) => reject(new RemoteError(failure)) });
      port.postMessage(command(id));
    });

  const tell = (command: Command): void => {
    if (!gone) port.postMessage(command);
  };

  return {
    lost,
    open: () =>
      ask(
        (id) => ({ type: 'open', id }),
        (reply) => (reply.to === 'open' ? reply.value : undefined),
      ),
    loadModel: (role, source) =>
      ask(
        (id) => ({ type: 'loadModel', id, role, source }),
        (reply) => (reply.to === 'loadModel' ? reply.value : undefined),
      ),
    closeModel: async (role) => {
      await ask(
        (id) => ({ type: 'closeModel', id, role }),
        (reply) => (reply.to === 'closeModel' ? reply.value : undefined),
      );
    },
    loadData: async (split, name, file, options) => {
      const examples: Example[] = [];
      const dataset = await ask(
        (id) => ({ type: 'loadData', id, split, name, file, options }),
        (reply) => (reply.to === 'loadData' ? reply.value : undefined),
        (news) => news.type === 'rows' && examples.push(...news.examples),
      );
      return { ...dataset, examples };
    },
    editRows: async (split, changes) => {
      await ask(
        (id) => ({ type: 'editRows', id, split, changes }),
        (reply) => (reply.to === 'editRows' ? reply.value : undefined),
      );
    },
    divideRows: (share, seed) =>
      ask(
        (id) => ({ type: 'divideRows', id, share, seed }),
        (reply) => (reply.to === 'divideRows' ? reply.value : undefined),
      ),
    findTwins: () =>
      ask(
        (id) => ({ type: 'findTwins', id }),
        (reply) => (reply.to === 'findTwins' ? reply.value : undefined),
      ),
    measureRows: (role, recipe, progress) =>
      ask(
        (id) => ({ type: 'measureRows', id, role, recipe }),
        (reply) => (reply.to === 'measureRows' ? reply.value : undefined),
        (news) => news.type === 'measuring' && progress(news.done, news.total),
      ),
    rowTokens: (split, place, role, recipe) =>
      ask(
        (id) => ({ type: 'rowTokens', id, split, place, role, recipe }),
        (reply) => (reply.to === 'rowTokens' ? reply.value : undefined),
      ),
    loadAdapter: (role, source) =>
      ask(
        (id) => ({ type: 'loadAdapter', id, role, source }),
        (reply) => (reply.to === 'loadAdapter' ? reply.value : undefined),
      ),
    discardAdapter: async (role) => {
      await ask(
        (id) => ({ type: 'discardAdapter', id, role }),
        (reply) => (reply.to === 'discardAdapter' ? reply.value : undefined),
      );
    },
    restoreResult: async (artifact, source, steps) => {
      await ask(
        (id) => ({ type: 'restoreResult', id, artifact, source, steps }),
        (reply) => (reply.to === 'restoreResult' ? reply.value : undefined),
      );
    },
    saveInto: (artifact, place, options, progress) =>
      ask(
        (id) => ({ type: 'saveInto', id, artifact, place, options }),
        (reply) => (reply.to === 'saveInto' ? reply.value : undefined),
        (news) => news.type === 'saving' && progress(news.bytes, news.total),
      ),
    kernels: (request) =>
      ask(
        (id) => ({ type: 'kernels', id, request }),
        (reply) => (reply.to === 'kernels' ? reply.value : undefined),
      ),
    selfTest: (request, listen) =>
      ask(
        (id) => ({ type: 'selfTest', id, request }),
        (reply) => (reply.to === 'selfTest' ? reply.value : undefined),
        (told) => told.type === 'selfTest' && listen(told.progress),
      ),
    plan: (recipe) =>
      ask(
        (id) => ({ type: 'plan', id, recipe }),
        (reply) => (reply.to === 'plan' ? reply.value : undefined),
      ),
    run: (stage, recipe, listen, keeping) =>
      ask(
        (id) => ({ type: 'run', id, stage, recipe, keeping }),
        (reply) => (reply.to === 'run' ? reply.value : undefined),
        (told) => told.type === 'stage' && listen(told.event),
      ),
    checkpoints: () =>
      ask(
        (id) => ({ type: 'checkpoints', id }),
        (reply) => (reply.to === 'checkpoints' ? reply.value : undefined),
      ),
    inspectCheckpoint: (file) =>
      ask(
        (id) => ({ type: 'inspectCheckpoint', id, file }),
        (reply) => (reply.to === 'inspectCheckpoint' ? reply.value : undefined),
      ),
    checkpointFile: (key) =>
      ask(
        (id) => ({ type: 'checkpointFile', id, key }),
        (reply) => (reply.to === 'checkpointFile' ? reply.value : undefined),
      ),
    deleteCheckpoints: async (keys) => {
      await ask(
        (id) => ({ type: 'deleteCheckpoints', id, keys }),
        (reply) => (reply.to === 'deleteCheckpoints' ? reply.value : undefined),
      );
    },
    chat: (request, listen) =>
      ask(
        (id) => ({ type: 'chat', id, request }),
        (reply) => (reply.to === 'chat' ? reply.value : undefined),
        (told) => told.type === 'chat' && listen(told.event),
      ),
    compareTokens: (request) =>
      ask(
        (id) => ({ type: 'compareTokens', id, request }),
        (reply) => (reply.to === 'compareTokens' ? reply.value : undefined),
      ),
    findModel: (request) =>
      ask(
        (id) => ({ type: 'findModel', id, request }),
        (reply) => (reply.to === 'findModel' ? reply.value : undefined),
      ),
    download: (request, listen) =>
      ask(
        (id) => ({ type: 'download', id, request }),
        (reply) => (reply.to === 'download' ? reply.value : undefined),
        (told) => told.type === 'download' && listen(told.progress),
      ),
    storedModels: () =>
      ask(
        (id) => ({ type: 'storedModels', id }),
        (reply) => (reply.to === 'storedModels' ? reply.value : undefined),
      ),
    deleteStored: (key) =>
      ask(
        (id) => ({ type: 'deleteStored', id, key }),
        (reply) => (reply.to === 'deleteStored' ? reply.value : undefined),
      ),
    inspectPush: (folder) =>
      ask(
        (id) => ({ type: 'inspectPush', id, folder }),
        (reply) => (reply.to === 'inspectPush' ? reply.value : undefined),
      ),
    push: (request, listen) =>
      ask(
        (id) => ({ type: 'push', id, request }),
        (reply) => (reply.to === 'push' ? reply.value : undefined),
        (told) => told.type === 'push' && listen(told.progress),
      ),
    cancelPush: () => tell({ type: 'cancelPush' }),
    cancelDownload: () => tell({ type: 'cancelDownload' }),
    stopSelfTest: () => tell({ type: 'stopSelfTest' }),
    stopChat: () => tell({ type: 'stopChat' }),
    vouch: (request, listen) =>
      ask(
        (id) => ({ type: 'vouch', id, request }),
        (reply) => (reply.to === 'vouch' ? reply.value : undefined),
        (news) => news.type === 'vouch' && listen(news.event),
      ),
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
