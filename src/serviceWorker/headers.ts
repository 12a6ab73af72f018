/**
 * What files of the page are sent with: its Content-Security-Policy and the headers around it, written once for `npm start`, for
 * hosts that read `_headers`, for the tests, for index.html itself, and for the service worker, which adds what a host leaves out.
 */

type Policy = Readonly<Record<string, string>>;
export type FileHeaders = Readonly<Record<string, string>>;

/** The style of a run's report: a document that the page makes, in a frame that may do nothing, under the page's policy. */
const styleOfReport = "'sha256-JHloDI04N5jPxwdrNHy12PBM7vvM/EU39X3PqVR8AkM='";

/** Of the page itself: everything is of our own origin. Not here: inline scripts and styles, eval, frames, plugins, `data:` of any kind. */
const ofPage: Policy = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': `'self' ${styleOfReport}`,
  'frame-src': 'blob:',
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
  ...ofPage,
  'script-src': "'self' 'wasm-unsafe-eval'",
  'connect-src': "'self' http: https:",
  'trusted-types': 'distillery default',
  'frame-ancestors': "'none'",
};

/** Whatever runs models that somebody else may have made speaks with nobody. */
const alone: Policy = { 'connect-src': "'self'" };

const none = (...features: readonly string[]): string => features.map((feature) => `${feature}=()`).join(', ');

/** What index.html brings along. */
export const policyOfPage = written(ofPage);

/** Rules in the order of `_headers`: all that fit a path apply, and policies narrow each other. Paths are below the page's folder. */
export const rules: readonly { readonly path: string; readonly headers: FileHeaders }[] = [
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

function written(policy: Policy): string {
  return Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ');
}
