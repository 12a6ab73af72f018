/** The built workers without the page: commands over their wires, and a folder of files in the browser's own storage. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';

/** Where what was built lies on the server. */
function builtWorker(folder: string): string {
  const found = readdirSync(join('dist', folder)).filter((name) => /^worker-.*\.js$/.test(name));
  if (found.length !== 1) throw new Error(`${found.length} built workers are in ${folder}`);
  return `${folder}/${found[0]}`;
}

const workers = {
  engine: () => builtWorker('assets'),
  second: () => builtWorker('assets/second'),
};

/** An empty page of the studio's origin, isolated as the studio is unless `isolated` says otherwise. */
export async function openEmpty(page: Page, isolated = true): Promise<void> {
  const headers: Record<string, string> = isolated
    ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    : {};
  await page.route('**/empty.html', (route) =>
    route.fulfill({ body: '<!doctype html><title>empty</title>', contentType: 'text/html', headers }),
  );
  await page.goto('./empty.html');
}

/** Writes files into a folder of the browser's storage; what a person would have saved there. */
export async function storeFolder(page: Page, folder: string, files: readonly File[]): Promise<void> {
  await page.evaluate(() => {
    const input = document.createElement('input');
    Object.assign(input, { type: 'file', multiple: true, id: 'files' });
    document.body.append(input);
  });
  const payloads = files.map(async (file) => ({
    ...{ name: file.name, mimeType: 'application/octet-stream' },
    buffer: Buffer.from(await file.arrayBuffer()),
  }));
  await page.locator('#files').setInputFiles(await Promise.all(payloads));
  await page.evaluate(async (name) => {
    const input = document.querySelector<HTMLInputElement>('#files')!;
    const root = await navigator.storage.getDirectory();
    const directory = await root.getDirectoryHandle(name, { create: true });
    for (const file of input.files ?? []) {
      const writable = await (await directory.getFileHandle(file.name, { create: true })).createWritable();
      await file.stream().pipeTo(writable);
    }
    input.remove();
  }, folder);
}

/** Starts a worker that `ask` talks to; what was there before is ended. */
export async function startWorker(page: Page, which: keyof typeof workers): Promise<void> {
  await page.evaluate((path) => {
    const here = window as unknown as { worker?: Worker };
    here.worker?.terminate();
    here.worker = new Worker(new URL(path, location.href), { type: 'module' });
  }, workers[which]());
}

interface Asking {
  /** The command without its id. */
  readonly command: Readonly<Record<string, unknown>>;
  /** Folder of the storage that becomes `request.folder`; the address of rows that become `file`. */
  readonly folder?: string;
  readonly rows?: string;
  /** Sends `stop` after so many events of `text`. */
  readonly stopAfter?: number;
}

export interface Answered<T> {
  readonly value: T | undefined;
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  /** What was told before. */
  readonly events: readonly { readonly type: string; readonly event?: Record<string, unknown> }[];
}

/** One command and its answer. */
export function ask<T>(page: Page, asking: Asking): Promise<Answered<T>> {
  return page.evaluate(async ({ command, folder, rows, stopAfter }) => {
    const { worker } = window as unknown as { worker: Worker };
    const files: File[] = [];
    if (folder !== undefined) {
      const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder);
      for await (const handle of directory.values()) files.push(await (handle as FileSystemFileHandle).getFile());
    }
    const request = { ...(command.request as object), folder: { kind: 'files', name: folder, files } };
    const file = rows === undefined ? undefined : await (await fetch(rows)).blob();
    const id = Math.floor(Math.random() * 1e9);
    const events: Answered<T>['events'][number][] = [];
    const answered = new Promise<Answered<T>>((resolve) => {
      worker.addEventListener('error', ({ message }) => {
        resolve({ value: undefined, failure: { code: 'worker-error', message }, events });
      });
      worker.addEventListener('message', ({ data }) => {
        if (data.id !== id) return;
        if (data.type === 'reply') resolve({ value: data.reply.value, failure: undefined, events });
        else if (data.type === 'failed') resolve({ value: undefined, failure: data.failure, events });
        else {
          events.push(data);
          if (events.length === stopAfter) worker.postMessage({ type: 'stop' });
        }
      });
    });
    worker.postMessage({ ...command, id, ...(folder !== undefined && { request }), ...(file && { file }) });
    return answered;
  }, asking);
}
