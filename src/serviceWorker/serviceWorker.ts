/**
 * The service worker: keeps the page and all that it may load, so that it opens without a network. It answers for files of
 * this build alone; whatever else the page asks for (a Hub above all) goes to the network as if it were not there.
 */
import { addPlugins, type PrecacheEntry, precacheAndRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { CacheFirst } from 'workbox-strategies';
import type { Ask } from './asks';
import { headersOf } from './headers';

declare const self: ServiceWorkerGlobalScope;

/** Every file of the build; those whose names carry no hash come with one of their content. The build puts the list in. */
const files: readonly PrecacheEntry[] = self.__WB_MANIFEST.filter((file) => typeof file !== 'string');
const addressOf = ({ url }: PrecacheEntry) => new URL(url, self.location.href).href;

/**
 * WebAssembly is by far the largest, and only checking and trying exported models needs it. The page is ready without it, and
 * a connection that breaks within its megabytes takes nothing from that; so it is fetched by itself, when the page asks.
 */
const isLarge = ({ url }: PrecacheEntry) => url.endsWith('.wasm');
const large = new Set(files.filter(isLarge).map(addressOf));
const largeFiles = `large-${self.registration.scope}`;

// A host that sends no headers leaves workers without a policy, and the page not isolated: from the second visit on they have both.
addPlugins([{ handlerWillRespond: async ({ request, response }) => withHeaders(request.url, response) }]);

// No answer of a file of ours depends on the query that a link may come with.
precacheAndRoute(
  files.filter((file) => !isLarge(file)),
  { ignoreURLParametersMatching: [/./] },
);
registerRoute(({ url }) => large.has(url.href), new CacheFirst({ cacheName: largeFiles }));

// A model may come with files that the demo pair does not have: what is looked for beside files of ours and cannot be asked
// for is not there.
const folders = new Set(files.map((file) => new URL('.', addressOf(file)).href));
registerRoute(
  ({ url, request }) => request.destination === '' && folders.has(new URL('.', url).href),
  ({ request }) => fetch(request).catch(() => new Response(null, { status: 404 })),
);

// It becomes active when no tab shows the version before (or when a person wants it at once): only then are its files
// deleted. The tab of the first visit is taken over as it is: what it loads later has the same version, or no other has it.
self.addEventListener('activate', (event) => event.waitUntil(Promise.all([forgetOlder(), self.clients.claim()])));

const answers: Readonly<Record<Ask, () => Promise<boolean>>> = { rest: keepLarge, takeOver };

self.addEventListener('message', (event) => {
  const answer = answers[event.data as Ask]().catch(() => false);
  event.waitUntil(answer.then((yes) => event.ports[0]?.postMessage(yes)));
});

/** What the host has sent stays; what it has not is added. */
function withHeaders(address: string, response: Response): Response {
  const headers = new Headers(response.headers);
  for (const [name, values] of headersOf(`/${address.slice(self.registration.scope.length)}`))
    if (!headers.has(name)) headers.set(name, values.join(', '));
  const { body, status, statusText } = response;
  return new Response(body, { status, statusText, headers });
}

async function keepLarge(): Promise<boolean> {
  const cache = await caches.open(largeFiles);
  for (const address of large) if (!(await cache.match(address))) await cache.add(address);
  return true;
}

async function forgetOlder(): Promise<void> {
  const cache = await caches.open(largeFiles);
  const older = (await cache.keys()).filter(({ url }) => !large.has(url));
  await Promise.all(older.map((request) => cache.delete(request)));
}

/** Not beside another tab: what that one has not loaded yet of its own version would be gone. */
async function takeOver(): Promise<boolean> {
  const tabs = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (tabs.filter(({ url }) => url.startsWith(self.registration.scope)).length > 1) return false;
  await self.skipWaiting();
  return true;
}
