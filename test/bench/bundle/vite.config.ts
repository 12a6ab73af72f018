/** One file of the kernel tests and benchmarks, with nothing beside it but Dawn's binary and the fixtures. */
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { define, withoutOnnx } from '../../../vite.config.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** In one file every module is at the same place: fixtures are looked for as from where a module was. */
function placesKept(): Plugin {
  return {
    name: 'places-kept',
    enforce: 'pre',
    transform(code, id) {
      const folder = dirname(relative(root, id));
      if (!folder.startsWith('test')) return undefined;
      return code.replaceAll('import.meta.dirname', `(import.meta.dirname + '/${folder}')`);
    },
  };
}

/** The package finds its binary by platform in a folder of its own; here it lies beside the bundle. */
export function dawnBeside(): Plugin {
  return {
    name: 'dawn-beside',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('node_modules/webgpu/index.js')) return undefined;
      const beside = code.replace(/join\(__dirname, 'dist', [^)]*\)/, "join(__dirname, 'dawn.node')");
      if (beside === code) throw new Error('the webgpu package looks for its binary in another way than it did');
      return beside;
    },
  };
}

export default defineConfig({
  root,
  publicDir: false,
  define,
  plugins: [withoutOnnx(), placesKept(), dawnBeside()],
  resolve: {
    alias: [
      { find: /^vitest$/, replacement: at('test/bench/bundle/vitest.ts') },
      {
        find: '@huggingface/transformers',
        replacement: at('node_modules/@huggingface/transformers/dist/transformers.web.js'),
      },
    ],
  },
  // Only what is not built yet needs it.
  ssr: { noExternal: true, external: ['vite'] },
  build: {
    ssr: at('test/bench/bundle/main.ts'),
    outDir: 'dist/bundle',
    target: 'node20',
    minify: true,
    rollupOptions: { output: { entryFileNames: 'bundle.mjs', codeSplitting: false } },
  },
});
