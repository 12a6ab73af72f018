/** `StudioEngine` over postMessage: one promise per command, stage events to the listener of their run. */
import type { StageEvent, StudioEngine } from '../engine/studio';
import { RemoteError } from './failure';
import type { Command, Failure, Reply, Event as WorkerEvent } from './protocol';

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

interface Pending {
  readonly settle: (reply: Reply) => void;
  readonly reject: (failure: Failure) => void;
  readonly listen: ((event: StageEvent) => void) | undefined;
}

const closed: Failure = { code: 'worker-closed', message: 'The engine was shut down.', detail: {} };

export function startWorker(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'distillery' });
}

export function createClient(port: Port, shutDown: () => void = () => {}): EngineClient {
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
    for (const { reject } of pending.values()) reject(failure);
    pending.clear();
    tellLost(failure);
  };

  const answer = (event: Extract<WorkerEvent, { type: 'reply' | 'failed' }>): void => {
    const waiting = pending.get(event.id);
    pending.delete(event.id);
    if (event.type === 'reply') waiting?.settle(event.reply);
    else waiting?.reject(event.failure);
  };

  const receive = (event: WorkerEvent): void => {
    if (event.type === 'lost') lose(event.failure);
    else if (event.type === 'stage') pending.get(event.id)?.listen?.(event.event);
    else answer(event);
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
    listen?: (event: StageEvent) => void,
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
    loadData: (split, name, file) =>
      ask(
        (id) => ({ type: 'loadData', id, split, name, file }),
        (reply) => (reply.to === 'loadData' ? reply.value : undefined),
      ),
    plan: (recipe) =>
      ask(
        (id) => ({ type: 'plan', id, recipe }),
        (reply) => (reply.to === 'plan' ? reply.value : undefined),
      ),
    run: (stage, recipe, listen) =>
      ask(
        (id) => ({ type: 'run', id, stage, recipe }),
        (reply) => (reply.to === 'run' ? reply.value : undefined),
        listen,
      ),
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
