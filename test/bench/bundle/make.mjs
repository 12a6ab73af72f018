/**
 * `npm run bench:bundle`: makes dist/bundle, the kernel tests and benchmarks for a Linux machine (x86-64) with Node 20 and a
 * Vulkan driver, and the headless program. Copy the folder there and run `node bundle.mjs` or `node headless.mjs`; it needs no
 * network and writes only into test-results/ and the system's folder for temporary files.
 */
import { cpSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const target = join(root, 'dist/bundle');

for (const config of ['vite.config.ts', 'headless.config.ts'])
  await build({ configFile: join(import.meta.dirname, config), logLevel: 'warn' });
for (const folder of ['goldens', 'family', 'qwen2.5', 'presets']) copy(`test/fixtures/${folder}`);
copy('public/models');
copy('public/data');
copy('public/demo.json');
cpSync(join(root, 'node_modules/webgpu/dist/linux-x64/dawn.node'), join(target, 'dawn.node'));
copy('test/bench/published_step.py');
const bytes = size(target);
// What a machine without a network is handed.
if (bytes > 60e6) throw new Error(`dist/bundle is ${(bytes / 1e6).toFixed(1)} MB: it may have 60`);
console.log(`dist/bundle: ${(bytes / 1e6).toFixed(1)} MB, to be run with: node bundle.mjs`);

/** @param {string} path */
function copy(path) {
  mkdirSync(join(target, path, '..'), { recursive: true });
  cpSync(join(root, path), join(target, path), { recursive: true });
}

/** @param {string} path @returns {number} bytes */
function size(path) {
  const found = statSync(path);
  return found.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0) : found.size;
}
