/** How the page's policy and headers reach it: inside of index.html, in `_headers` for hosts, and from `npm start`. */
import type { Plugin } from 'vite';
import { headersOf, policyOfPage, rules } from './src/serviceWorker/headers.ts';

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
              attrs: { 'http-equiv': 'Content-Security-Policy', content: policyOfPage },
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
