/** What a page's engine tells it, heard by the test as well, and the page's workers where the test can end them. */
import type { BrowserContext } from '@playwright/test';
import type { Stage } from '../../../src/engine/studio';
import type { Command, Event } from '../../../src/worker/protocol';
import type { Told } from './process';

/** `began`: the page has asked for a stage, or for it to go on. */
export type PageTold =
  | Told
  | { readonly type: 'answered'; readonly to: string }
  | { readonly type: 'began'; readonly stage: Stage; readonly goesOn: boolean };

declare global {
  interface Window {
    tellTest: (told: unknown) => void;
    /** As the browser ends one that it has no memory for: in the middle of what it does, and without a word. */
    endWorkers?: () => void;
  }
}

/** Before any page is opened. */
export async function overhear(context: BrowserContext, hear: (told: PageTold) => void): Promise<void> {
  await context.exposeBinding('tellTest', (_, told: PageTold) => hear(told));
  await context.addInitScript(() => {
    const workers: Worker[] = [];
    const stages = new Map<number, string>();
    const heard = new Set(['phase', 'step', 'checkpoint', 'resumed']);
    window.endWorkers = () => {
      for (const worker of workers.splice(0)) worker.terminate();
    };
    const listen = ({ data }: MessageEvent<Event>) => {
      if (data.type === 'reply') window.tellTest({ type: 'answered', to: data.reply.to });
      if (data.type === 'stage' && heard.has(data.event.type))
        window.tellTest({ type: 'stage', stage: stages.get(data.id), event: data.event });
    };
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (this: Worker, command: Command, ...rest: []) {
      if (!workers.includes(this)) {
        workers.push(this);
        this.addEventListener('message', listen);
      }
      if (command.type === 'run') {
        const { id, stage, keeping } = command;
        stages.set(id, stage);
        window.tellTest({ type: 'began', stage, goesOn: keeping?.resume !== undefined });
      }
      post.call(this, command, ...rest);
    };
  });
}
