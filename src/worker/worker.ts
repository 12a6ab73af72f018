/** The dedicated worker: the real engine at one end of the wire. */
import { createLookout, createStudioEngine, type Storage } from '../engine/engine';
import { holdLife } from './life';
import type { Command, Event } from './protocol';
import { openSecond } from './second/client';
import { serve } from './serve';

const post = (event: Event): void => self.postMessage(event);
// The browser's own folder; `move` is newer than its types.
const storage = async () => (await navigator.storage.getDirectory()) as unknown as Awaited<ReturnType<Storage>>;
const lookout = createLookout((risk) => post({ type: 'risk', risk }));
const engine = createStudioEngine(navigator.gpu, storage, undefined, openSecond, undefined, lookout);
const handle = serve(engine, post);

holdLife(navigator.locks, (lock) => post({ type: 'alive', lock }));
self.addEventListener('message', (message: MessageEvent<Command>) => handle(message.data));

engine.lost.then((reason) => {
  const message = `The graphics card was lost: ${reason}`;
  post({ type: 'lost', failure: { code: 'device-lost', message, detail: { reason } } });
});
