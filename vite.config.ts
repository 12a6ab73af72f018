import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig, type Plugin, type ViteUserConfig } from 'vitest/config';
import manifest from './package.json' with { type: 'json' };
import { security } from './security.config.ts';
import { headersOf } from './src/serviceWorker/headers.ts';

/** Scripts that the development server writes into the page would fall under a policy: it isolates the page, no more. */
const isolation = Object.fromEntries(
  [...headersOf('/')]
    .filter(([name]) => /-(Opener|Embedder)-Policy$/.test(name))
    .map(([name, [value]]) => [name, value]),
);

/** Where the runtime for models is wanted: the second engine, which has a worker of its own. */
const secondEngine = 'src/worker/second/worker.ts';

/**
 * transformers.js is in the engine for its tokenizer, and does not bring the runtime for models (27 MB) with it there. Only in
 * what is built: the development server has one address for a module, whoever imports it.
 */
export function withoutOnnx(): Plugin {
  const empty = '\0no-onnx-runtime';
  let wanted = false;
  return {
    name: 'without-onnx-runtime',
    enforce: 'pre',
    apply: 'build',
    buildStart({ input }) {
      wanted = Object.values(input).some((file) => file.endsWith(secondEngine));
    },
    resolveId: (id, importer) =>
      !wanted && id.startsWith('onnxruntime-web') && importer?.includes('@huggingface/transformers')
        ? empty
        : undefined,
    load: (id) => (id === empty ? 'export {}' : undefined),
  };
}

/** What the second engine is made of lies in a folder of its own: a host can then keep it from every other server. */
const isSecond = (name: string | undefined) => name?.endsWith(secondEngine) || name?.startsWith('ort-wasm');
const ownFolder = {
  entryFileNames: ({ facadeModuleId }: { facadeModuleId: string | null }) =>
    `assets/${isSecond(facadeModuleId ?? '') ? 'second/' : ''}[name]-[hash].js`,
  assetFileNames: ({ names }: { names: string[] }) =>
    `assets/${names.some(isSecond) ? 'second/' : ''}[name]-[hash][extname]`,
};

export const define = { __VERSION__: JSON.stringify(manifest.version) };

/** Every file of the built page is listed for its service worker, which keeps them: the page then opens without a network. */
const kept = VitePWA({
  strategies: 'injectManifest',
  srcDir: 'src/serviceWorker',
  filename: 'serviceWorker.ts',
  // The page registers it by itself, when it is idle; the web app manifest is a file in public/.
  injectRegister: false,
  manifest: false,
  injectManifest: {
    globPatterns: ['**/*'],
    globIgnores: ['_headers'],
    maximumFileSizeToCacheInBytes: 2 ** 26,
    rollupFormat: 'iife',
  },
});

/** The studio, and the tests. */
export const page: ViteUserConfig = {
  base: './',
  plugins: [react(), withoutOnnx(), kept, security()],
  define,
  server: { headers: isolation },
  // Found late, it would be bundled anew and the page reloaded on its first use.
  optimizeDeps: { exclude: ['@huggingface/transformers', 'onnxruntime-web'] },
  worker: { format: 'es', plugins: () => [withoutOnnx()], rollupOptions: { output: ownFolder } },
  build: { target: 'es2023', chunkSizeWarningLimit: 1500 },
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    pool: 'forks',
    // Two processes, each with one device for its kernel tests: a CPU adapter computes on every core, but compiles on one.
    isolate: false,
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    setupFiles: ['test/support/setup.ts'],
  },
};

const webTransformers = './node_modules/@huggingface/transformers/dist/transformers.web.js';

/** The engine without a window: one file that Node runs with nothing beside it but `webgpu`, and `onnxruntime-web` to vouch. */
export const headless: ViteUserConfig = {
  publicDir: false,
  define,
  plugins: [withoutOnnx()],
  // Of transformers.js the browser's build has all that the tokenizer needs; Node's loads two native libraries.
  resolve: { alias: { '@huggingface/transformers': fileURLToPath(new URL(webTransformers, import.meta.url)) } },
  ssr: { noExternal: true, external: ['webgpu', 'onnxruntime-web'] },
  build: {
    ssr: 'src/headless/main.ts',
    outDir: 'dist/headless',
    target: 'node20',
    rollupOptions: { output: { entryFileNames: 'headless.mjs', codeSplitting: false } },
  },
};

export default defineConfig(({ mode }) => (mode === 'headless' ? headless : page));
