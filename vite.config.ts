import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig, type Plugin, type ViteUserConfig } from 'vitest/config';
import manifest from './package.json' with { type: 'json' };

// Cross-origin isolation gives finer clocks and threads; the studio works without it too.
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** transformers.js is here for its tokenizer: the runtime for models that comes with it (27 MB) is never called. */
export function withoutOnnx(): Plugin {
  const empty = '\0no-onnx-runtime';
  return {
    name: 'without-onnx-runtime',
    enforce: 'pre',
    resolveId: (id) => (id.startsWith('onnxruntime-web') ? empty : undefined),
    load: (id) => (id === empty ? 'export {}' : undefined),
  };
}

const define = { __VERSION__: JSON.stringify(manifest.version) };

/** Every file of the built page is listed for its service worker, which keeps them: the page then opens without a network. */
const kept = VitePWA({
  strategies: 'injectManifest',
  srcDir: 'src/serviceWorker',
  filename: 'serviceWorker.ts',
  // The page registers it by itself, when it is idle; the web app manifest is a file in public/.
  injectRegister: false,
  manifest: false,
  injectManifest: { globPatterns: ['**/*'], maximumFileSizeToCacheInBytes: 2 ** 26, rollupFormat: 'iife' },
});

/** The studio, and the tests. */
export const page: ViteUserConfig = {
  base: './',
  plugins: [react(), withoutOnnx(), kept],
  define,
  server: { headers },
  preview: { headers },
  // Found late, it would be bundled anew and the page reloaded on its first use.
  optimizeDeps: { exclude: ['@huggingface/transformers'] },
  worker: { format: 'es', plugins: () => [withoutOnnx()] },
  build: { target: 'es2023', chunkSizeWarningLimit: 1500 },
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    pool: 'forks',
    // One process and one device for all kernel tests: a software adapter uses every core by itself.
    isolate: false,
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    setupFiles: ['test/support/setup.ts'],
  },
};

const webTransformers = './node_modules/@huggingface/transformers/dist/transformers.web.js';

/** The engine without a window: one file that Node runs with nothing beside it but the `webgpu` package. */
const headless: ViteUserConfig = {
  publicDir: false,
  define,
  plugins: [withoutOnnx()],
  // Of transformers.js the browser's build has all that the tokenizer needs; Node's loads two native libraries.
  resolve: { alias: { '@huggingface/transformers': fileURLToPath(new URL(webTransformers, import.meta.url)) } },
  ssr: { noExternal: true, external: ['webgpu'] },
  build: {
    ssr: 'src/headless/main.ts',
    outDir: 'dist/headless',
    target: 'node20',
    rollupOptions: { output: { entryFileNames: 'headless.mjs', codeSplitting: false } },
  },
};

export default defineConfig(({ mode }) => (mode === 'headless' ? headless : page));
