/** The headless program beside the bundle, with the same binary of Dawn. */
import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vite';
import { headless } from '../../../vite.config.ts';
import { dawnBeside } from './vite.config.ts';

export default mergeConfig(headless, {
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  plugins: [dawnBeside()],
  resolve: { alias: { webgpu: fileURLToPath(new URL('../../../node_modules/webgpu/index.js', import.meta.url)) } },
  build: { outDir: 'dist/bundle', emptyOutDir: false, minify: true },
});
