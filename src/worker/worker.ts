/** The dedicated worker: the real engine at one end of the wire. */
import { createStudioEngine } from '../engine/engine';
import type { Command, Event } from './protocol';
import { serve } from './serve';

const post = (event: Event): void => self.postMessage(event);
const engine = createStudioEngine(navigator.gpu);
const handle = serve(engine, post);

self.addEventListener('message', (message: MessageEvent<Command>) => handle(message.data));

engine.lost.then((reason) => {
  const message = `The graphics card was taken away from the page: ${reason}`;
  post({ type: 'lost', failure: { code: 'device-lost', message, detail: { reason } } });
});
