/** Which folder may import what. */
import type { Rule } from '../support/imports';
import { engine, selfTest } from './trees';

const studio = `${engine}studio.ts`;
/** Pure and below everything: errors and types of the door, seeded numbers. */
const leaves = [
  studio,
  `${engine}rowsDoor.ts`,
  `${engine}memoryUse.ts`,
  `${engine}bounded.ts`,
  `${engine}lookout.ts`,
  `${engine}pattern.ts`,
  `${engine}studioError.ts`,
  `${engine}digest.ts`,
  `${engine}random.ts`,
  `${engine}rotary.ts`,
  `${engine}watch.ts`,
  `${engine}version.ts`,
];

/** ui → store → worker's client ⇢ (types) engine; worker → engine → train → model → ops → gpu; train, model → data. */
export const rules: Readonly<Record<string, Rule>> = {
  'src/main.tsx': {
    values: ['src/ui/', 'src/store/', 'src/worker/client.ts', 'src/worker/ownScript.ts'],
    packages: ['react', 'react-dom/client'],
  },
  'src/ui/': {
    values: ['src/ui/', 'src/store/'],
    packages: [
      '@base-ui/react/',
      'react',
      'react-dom',
      'react-i18next',
      'zustand',
      'zustand/middleware',
      'zustand/react/shallow',
      'i18next',
      'uplot',
      'uplot/dist/uPlot.min.css',
      '@tanstack/react-virtual',
      '@base-ui/react/dialog',
      '@base-ui/react/menu',
    ],
  },
  'src/store/': {
    values: [
      'src/store/',
      'src/worker/client.ts',
      'src/worker/second/client.ts',
      'src/worker/failure.ts',
      `${engine}bounded.ts`,
      `${engine}train/recipe.ts`,
      `${engine}train/document.ts`,
      `${engine}train/presets.ts`,
      `${engine}data/place.ts`,
      `${engine}data/lengths.ts`,
      `${engine}formats/directory.ts`,
      `${engine}formats/forms.ts`,
      `${engine}formats/onnx/forms.ts`,
      `${engine}vouch/verdict.ts`,
      `${engine}runs/`,
      `${engine}takeHome/`,
      `${engine}version.ts`,
      `${engine}hub/push/name.ts`,
    ],
    types: ['src/worker/', 'src/serviceWorker/asks.ts', engine],
    packages: ['zustand', 'zustand/react/shallow', 'zustand/vanilla', 'valibot', 'idb', 'client-zip'],
  },
  'src/worker/': { values: ['src/worker/'], types: [engine] },
  'src/worker/worker.ts': { values: ['src/worker/', `${engine}engine.ts`] },
  'src/serviceWorker/': {
    values: ['src/serviceWorker/'],
    packages: ['workbox-precaching', 'workbox-routing', 'workbox-strategies'],
  },
  // The worker of the second engine: the only place of the page that brings the runtime for models.
  'src/worker/second/worker.ts': {
    values: [
      'src/worker/second/',
      'src/worker/ownScript.ts',
      'src/worker/life.ts',
      'src/second/',
      `${engine}lookout.ts`,
    ],
    packages: [
      'onnxruntime-web/webgpu',
      'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url',
      'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url',
    ],
  },
  // The second engine is not ours: of the engine it has the words for what went wrong, and where the files of a folder are.
  'src/second/': {
    values: [
      'src/second/session.ts',
      ...['vouch/failure.ts', 'vouch/onnxFiles.ts', 'formats/'].map((name) => engine + name),
    ],
    types: [engine],
    packages: ['onnxruntime-web'],
  },
  'src/second/transformers.ts': {
    values: [
      'src/second/session.ts',
      ...['vouch/failure.ts', 'vouch/onnxFiles.ts', 'formats/', 'lookout.ts'].map((name) => engine + name),
    ],
    types: [engine],
    packages: ['@huggingface/transformers'],
  },
  'src/headless/': {
    values: ['src/headless/', 'src/second/', 'src/worker/patience.ts', engine, 'shaders/'],
    packages: [
      'webgpu',
      'onnxruntime-web',
      'valibot',
      'node:fs',
      'node:fs/promises',
      'node:net',
      'node:os',
      'node:path',
      'node:util',
      'node:worker_threads',
      'node:zlib',
    ],
  },
  [engine]: { values: [engine, 'shaders/'] },
  [`${engine}choices.ts`]: { values: [`${engine}gpu/`, `${engine}hub/`], packages: ['valibot'] },
  // Kernels beside their twins; a twin knows nothing of what it is compared with.
  [selfTest]: {
    values: [...['selfTest/', 'ops/', 'gpu/'].map((name) => engine + name), 'shaders/', ...leaves],
  },
  [`${selfTest}reference/`]: { values: [`${selfTest}reference/`, `${selfTest}bf16.ts`] },
  [studio]: { values: [], types: [engine] },
  [`${engine}rowsDoor.ts`]: { values: [], types: [engine] },
  [`${engine}modelsDoor.ts`]: { values: [], types: [engine] },
  [`${engine}stagesDoor.ts`]: { values: [], types: [engine] },
  [`${engine}vouch/`]: {
    values: [
      ...['vouch/', 'train/', 'model/', 'ops/', 'gpu/', 'data/', 'formats/'].map((name) => engine + name),
      ...leaves,
    ],
  },
  [`${engine}inquiry.ts`]: { values: [], types: [engine] },
  [`${engine}studioError.ts`]: { values: [] },
  [`${engine}bounded.ts`]: { values: [`${engine}studioError.ts`] },
  [`${engine}lookout.ts`]: { values: [], types: [engine] },
  [`${engine}pattern.ts`]: { values: [] },
  [`${engine}random.ts`]: { values: [] },
  [`${engine}rotary.ts`]: { values: [] },
  [`${engine}watch.ts`]: { values: [] },
  [`${engine}version.ts`]: { values: [] },
  // What a run is, as it is kept and read back.
  [`${engine}runs/`]: { values: [`${engine}runs/`, `${engine}train/recipe.ts`, ...leaves], packages: ['valibot'] },
  // The files about a run, written from what it is: nothing of models or the GPU.
  [`${engine}takeHome/`]: {
    values: [
      ...['takeHome/', 'runs/', 'formats/licence.ts', 'train/document.ts', 'train/recipe.ts', 'train/schedule.ts'].map(
        (name) => engine + name,
      ),
      ...leaves,
    ],
    packages: ['@bufbuild/protobuf/wire', 'valibot'],
  },
  // What of a training is kept, and where: nothing of models or the GPU.
  [`${engine}checkpoint/`]: {
    values: [
      ...['checkpoint/', 'runs/', 'formats/', 'hub/directory.ts', 'choices.ts', 'model/projections.ts'].map(
        (name) => engine + name,
      ),
      ...leaves,
    ],
    packages: ['valibot'],
  },
  [`${engine}digest.ts`]: { values: [] },
  [`${engine}train/`]: {
    values: [
      ...['train/', 'checkpoint/', 'model/', 'ops/', 'gpu/', 'data/', 'formats/', 'takeHome/', 'runs/interval.ts'].map(
        (name) => engine + name,
      ),
      ...leaves,
    ],
    packages: ['valibot'],
  },
  [`${engine}model/`]: {
    values: [...['model/', 'ops/', 'gpu/', 'data/', 'formats/'].map((name) => engine + name), ...leaves],
  },
  [`${engine}ops/`]: { values: [`${engine}ops/`, `${engine}gpu/`, ...leaves] },
  [`${engine}gpu/`]: { values: [`${engine}gpu/`, ...leaves] },
  [`${engine}data/`]: { values: [`${engine}data/`, ...leaves] },
  [`${engine}data/csv.ts`]: { values: [`${engine}data/`, ...leaves], packages: ['papaparse'] },
  [`${engine}data/tokenizer.ts`]: { values: [`${engine}data/`, ...leaves], packages: ['@huggingface/transformers'] },
  [`${engine}data/template.ts`]: { values: [], packages: ['@huggingface/jinja'] },
  // A model folder is checked against the model it claims to be: the config and the tensor names are pure facts.
  [`${engine}formats/`]: {
    values: [...['formats/', 'model/config.ts', 'model/tensors.ts'].map((name) => engine + name), ...leaves],
  },
  [`${engine}formats/zip.ts`]: { values: [`${engine}formats/`], packages: ['client-zip'] },
  [`${engine}formats/onnx/`]: {
    values: [
      ...['formats/', 'model/config.ts', 'model/tensors.ts', 'model/projections.ts'].map((name) => engine + name),
      ...leaves,
    ],
  },
  [`${engine}formats/onnx/proto.ts`]: {
    values: [`${engine}formats/onnx/`],
    packages: ['@bufbuild/protobuf/wire'],
  },
  // Models from a Hub: needs the rules of folders and configs, and the network; no GPU.
  [`${engine}hub/`]: {
    values: [
      ...['hub/', 'formats/layout.ts', 'formats/licence.ts', 'model/config.ts', 'model/tensors.ts'].map(
        (name) => engine + name,
      ),
      ...leaves,
    ],
    packages: ['valibot', '@noble/hashes/legacy.js', '@noble/hashes/sha2.js', '@noble/hashes/utils.js'],
  },
  [`${engine}hub/push/`]: {
    values: [`${engine}hub/`, `${engine}formats/directory.ts`, `${engine}formats/licence.ts`, ...leaves],
    packages: ['valibot', '@huggingface/hub'],
  },
  // Asked in the page as well, while a name is typed.
  [`${engine}hub/push/name.ts`]: { values: [] },
  'shaders/': { values: [] },
};
