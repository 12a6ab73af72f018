/** The built page in a folder of a server of its own, which can go away and come with another version of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { headersOf } from '../../src/serviceWorker/headers';

/** By path below the page's folder. */
export type SiteFiles = ReadonlyMap<string, Buffer>;

export interface Site {
  readonly address: string;
  /** What is served; can be replaced at any time. */
  files: SiteFiles;
  /** Paths of all requests, in the order in which they came. */
  readonly asked: readonly string[];
  /** From now on nobody answers at this address. */
  goAway(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

export function builtPage(folder = 'dist'): SiteFiles {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    // A host that reads it does not serve it.
    (entry) => entry.isFile() && entry.name !== '_headers',
  );
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path)]));
}

/** Another version of it: every file of code has another name, and the old names are gone. */
export function nextVersion(files: SiteFiles): SiteFiles {
  const hash = /-[\w-]{7}([\w-])\.(js|mjs|css)$/;
  const names = [...files.keys()].filter((path) => hash.test(path)).map((path) => path.slice('assets/'.length));
  const renamed = (text: string): string =>
    names.reduce((all, name) => all.replaceAll(name, name.replace(/.\.(\w+)$/, '~.$1')), text);
  const next = [...files].map(([path, bytes]): [string, Buffer] =>
    /\.(js|mjs|css|html)$/.test(path) ? [renamed(path), Buffer.from(renamed(bytes.toString()))] : [path, bytes],
  );
  const page = /"[0-9a-f]{32}"(?=,"url":"index\.html")/;
  return edited(new Map(next), 'serviceWorker.js', page, `"${'0'.repeat(32)}"`);
}

/** With something else in one file in place of what is looked for, which must be there. */
export function edited(files: SiteFiles, path: string, wanted: RegExp, text: string): SiteFiles {
  const before = files.get(path)?.toString() ?? '';
  if (!wanted.test(before)) throw new Error(`${path} does not hold ${wanted}`);
  return new Map(files).set(path, Buffer.from(before.replace(wanted, text)));
}

/** `folder` begins and ends with a slash. Served with the headers that `npm start` sends, or, when `bare`, with none of them. */
export async function startSite(files: SiteFiles, folder: string, bare = false): Promise<Site> {
  const asked: string[] = [];
  const site = { address: '', files, asked, goAway: async () => {} };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://site').pathname;
    asked.push(path);
    const inside = path.startsWith(folder) ? path.slice(folder.length) || 'index.html' : '';
    if (!bare) for (const [name, values] of headersOf(`/${inside}`)) response.setHeader(name, values);
    send(response, inside, site.files.get(inside));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  site.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}${folder}`;
  site.goAway = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return site;
}

function send(response: ServerResponse, path: string, bytes: Buffer | undefined): void {
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('content-type', bytes ? (types[extname(path)] ?? 'application/octet-stream') : 'text/plain');
  response.writeHead(bytes ? 200 : 404).end(bytes ?? 'There is nothing here.');
}
