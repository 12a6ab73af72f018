/** Without a window the engine runs in the only thread there is: a second one looks after it, and ends the program when it must. */
import { Worker } from 'node:worker_threads';
import { createLookout, type Lookout } from '../engine/lookout';
import { stuck } from '../worker/patience';

/** As text, since the program is one file. It has nothing but Node's own, and is told what to say: see `worker/patience.ts`. */
const watchman = `
const { parentPort } = require('node:worker_threads');
const { writeSync } = require('node:fs');
let ticking;
parentPort.on('message', (risk) => {
  clearInterval(ticking);
  if (!risk) return;
  let left = risk.seconds;
  ticking = setInterval(() => {
    left -= 1;
    if (left >= 0) return;
    writeSync(2, risk.message + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }, 1000);
});`;

/** The thread is started with the first work it is told of. */
export function threadLookout(): Lookout {
  let thread: Worker | undefined;
  return createLookout((risk) => {
    if (!thread) {
      thread = new Worker(watchman, { eval: true });
      // It alone keeps no program from ending.
      thread.unref();
    }
    thread.postMessage(risk && { seconds: risk.seconds, message: stuck(risk).message });
  });
}
