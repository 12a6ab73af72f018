/**
 * What the page may do: its Content-Security-Policy and the headers around it, written once for `npm start`, for hosts that read
 * `_headers`, for the tests, and for index.html itself, which no host can leave out.
 */
import type { Plugin } from 'vite';

type Policy = Readonly<Record<string, string>>;
export type Headers = Readonly<Record<string, string>>;

/** Everything is of our own origin. Not here: inline scripts and styles, eval, frames, plugins, `data:` of any kind. */
const page: Policy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  // A chart that becomes a PNG is drawn from a picture the page made itself.
  'img-src': "'self' blob:",
  'connect-src': "'self'",
  'worker-src': "'self'",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'require-trusted-types-for': "'script'",
  'trusted-types': 'distillery',
};

/**
 * The engine's worker alone speaks with a Hub: the address is the person's choice, and a Hub redirects to stores of its own, so
 * that no list can name them. It also checksums uploads in WebAssembly. One header must do for all files where a host knows one
 * only; what is in index.html narrows the page itself.
 */
const everything: Policy = {
  ...page,
  'script-src': "'self' 'wasm-unsafe-eval'",
  'connect-src': "'self' http: https:",
  'trusted-types': 'distillery default',
  'frame-ancestors': "'none'",
};

/** Whatever runs models that somebody else may have made speaks with nobody. */
const alone: Policy = { 'connect-src': "'self'" };

const none = (...features: readonly string[]): string => features.map((feature) => `${feature}=()`).join(', ');

/** Rules in the order of `_headers`: all that fit a path apply, and policies narrow each other. Paths are below the page's folder. */
export const rules: readonly { readonly path: string; readonly headers: Headers }[] = [
  {
    path: '/*',
    headers: {
      'Content-Security-Policy': written(everything),
      // Cross-origin isolation gives finer clocks and threads; the studio works without it too.
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'Permissions-Policy': none(
        ...['camera', 'microphone', 'geolocation', 'display-capture', 'payment', 'usb', 'serial', 'hid'],
        ...['midi', 'gyroscope', 'accelerometer', 'magnetometer', 'xr-spatial-tracking', 'encrypted-media'],
      ),
    },
  },
  { path: '/assets/second/*', headers: { 'Content-Security-Policy': written(alone) } },
  { path: '/serviceWorker.js', headers: { 'Content-Security-Policy': written({ ...alone, 'script-src': "'self'" }) } },
];

/** Name → values of the headers of a file, by its path below the page's folder, which begins with a slash. */
export function headersOf(path: string): ReadonlyMap<string, readonly string[]> {
  const fitting = rules.filter((rule) =>
    rule.path.endsWith('*') ? path.startsWith(rule.path.slice(0, -1)) : rule.path === path,
  );
  const all = new Map<string, string[]>();
  for (const { headers } of fitting)
    for (const [name, value] of Object.entries(headers)) all.set(name, [...(all.get(name) ?? []), value]);
  return all;
}

/** Puts the policy into the built index.html, writes `_headers` beside it, and sends the headers from `npm start`. */
export function security(): Plugin {
  return {
    name: 'security',
    transformIndexHtml: (_, { server }) =>
      // The development server puts scripts into the page.
      server
        ? []
        : [
            {
              tag: 'meta',
              attrs: { 'http-equiv': 'Content-Security-Policy', content: written(page) },
              injectTo: 'head-prepend',
            },
          ],
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: '_headers', source: headersFile() });
    },
    configurePreviewServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const { pathname } = new URL(request.url ?? '/', 'http://page');
        for (const [name, values] of headersOf(pathname)) response.setHeader(name, values);
        next();
      });
    },
  };
}

function headersFile(): string {
  const lines = rules.flatMap(({ path, headers }) => [
    path,
    ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`),
  ]);
  return `${lines.join('\n')}\n`;
}

function written(policy: Policy): string {
  return Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ');
}
