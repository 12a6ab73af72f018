/** One job at a time in an output folder: a second one would write into what the first has kept. */
import { realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { sha256 } from '../engine/digest';
import { StudioError } from '../engine/studioError';

/**
 * Held until it is disposed of or the process ends, however it does: whoever holds a folder listens at an address made of
 * its path, and no file has to be cleaned up. Rejects with `output-in-use`. Only this computer is asked, and where nothing may
 * listen nothing is held.
 */
export async function holdFolder(output: string): Promise<AsyncDisposable> {
  const address = await addressOf(await realPath(resolve(output)));
  let server = await listen(address);
  if (server === 'taken' && !(await answers(address))) {
    // A process that was killed leaves the name of its address.
    await rm(address, { force: true });
    server = await listen(address);
  }
  if (server === 'taken') {
    const message = `A job is at work in ${output}. Wait until it has ended, stop it, or name another folder.`;
    throw new StudioError('output-in-use', message, { folder: output });
  }
  return { [Symbol.asyncDispose]: () => new Promise((done) => (server ? server.close(() => done()) : done())) };
}

/** Also of a folder that is still to be made. */
async function realPath(path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path) return path;
  return realpath(path).catch(async () => join(await realPath(parent), basename(path)));
}

/** A named pipe of Windows, a socket elsewhere: its path may have about a hundred bytes. */
export async function addressOf(path: string): Promise<string> {
  const digest = await sha256(new TextEncoder().encode(path));
  const name = `distillery-${digest.slice(0, 32)}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

function listen(address: string): Promise<Server | 'taken' | undefined> {
  const server = createServer((socket) => socket.destroy()).unref();
  return new Promise((resolve) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EADDRINUSE' ? 'taken' : undefined));
    server.listen(address, () => resolve(server));
  });
}

function answers(address: string): Promise<boolean> {
  const socket = connect(address);
  return new Promise((resolve) => {
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
