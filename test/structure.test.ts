/** The walls of the house. Every wall has a negative control: a small tree that breaks it must be reported. */
import { describe, expect, it } from 'vitest';
import { shaderSources } from '../shaders/index';
import { parseShader } from '../src/engine/gpu/shader';
import { en } from '../src/ui/i18n/en';
import { zh } from '../src/ui/i18n/zh';
import { cycles, forbidden, imports, type Rule, type Tree, unresolved } from './support/imports';
import { opFiles, strayVariants, unpaired } from './support/opPlaces';
import { readTree, withoutComments } from './support/sources';

const code = readTree(['src', 'shaders'], ['.ts', '.tsx', '.wgsl', '.css']);
const tests = readTree(['test'], ['.ts', '.tsx', '.mjs']);
const engine = 'src/engine/';
const studio = `${engine}studio.ts`;
const selfTest = `${engine}selfTest/`;
/** Pure and below everything: errors and types of the door, seeded numbers. */
const leaves = [
  studio,
  `${engine}rowsDoor.ts`,
  `${engine}memoryUse.ts`,
  `${engine}studioError.ts`,
  `${engine}random.ts`,
  `${engine}watch.ts`,
];

/** ui → store → worker's client ⇢ (types) engine; worker → engine → train → model → ops → gpu; train, model → data. */
const rules: Readonly<Record<string, Rule>> = {
  'src/main.tsx': {
    values: ['src/ui/', 'src/store/', 'src/worker/client.ts'],
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
      'src/worker/failure.ts',
      `${engine}train/recipe.ts`,
      `${engine}train/document.ts`,
      `${engine}train/presets.ts`,
      `${engine}data/place.ts`,
      `${engine}data/lengths.ts`,
    ],
    types: ['src/worker/', engine],
    packages: ['zustand', 'zustand/react/shallow', 'zustand/vanilla', 'valibot', 'idb', 'client-zip'],
  },
  'src/worker/': { values: ['src/worker/'], types: [engine] },
  'src/worker/worker.ts': { values: ['src/worker/', `${engine}engine.ts`] },
  'src/headless/': {
    values: ['src/headless/', engine, 'shaders/'],
    packages: ['webgpu', 'valibot', 'node:fs', 'node:fs/promises', 'node:os', 'node:path', 'node:util', 'node:zlib'],
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
  [`${engine}inquiry.ts`]: { values: [], types: [engine] },
  [`${engine}studioError.ts`]: { values: [] },
  [`${engine}random.ts`]: { values: [] },
  [`${engine}watch.ts`]: { values: [] },
  [`${engine}train/`]: {
    values: [...['train/', 'model/', 'ops/', 'gpu/', 'data/', 'formats/'].map((name) => engine + name), ...leaves],
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
  // A model folder is checked against the model it claims to be: the config and the tensor names are pure facts.
  [`${engine}formats/`]: {
    values: [...['formats/', 'model/config.ts', 'model/tensors.ts'].map((name) => engine + name), ...leaves],
  },
  // Models from a Hub: needs the rules of folders and configs, and the network; no GPU.
  [`${engine}hub/`]: {
    values: [
      ...['hub/', 'formats/layout.ts', 'model/config.ts', 'model/tensors.ts'].map((name) => engine + name),
      ...leaves,
    ],
    packages: ['valibot', '@noble/hashes/legacy.js', '@noble/hashes/sha2.js', '@noble/hashes/utils.js'],
  },
  'shaders/': { values: [] },
};

describe('imports', () => {
  it('go one way through the house', () => {
    expect(forbidden(code, rules)).toEqual([]);
  });

  it('name files that exist', () => {
    expect(unresolved(code)).toEqual([]);
    expect(unresolved(fake({ 'src/a.ts': `import { b } from './b';` }))).toHaveLength(1);
  });

  it('never run in a circle', () => {
    expect(cycles(code)).toEqual([]);
    const circle = { 'src/a.ts': `import { b } from './b';`, 'src/b.ts': `export * from './c';` };
    expect(cycles(fake({ ...circle, 'src/c.ts': `const a = await import('./a');` }))).toHaveLength(1);
    expect(cycles(fake({ ...circle, 'src/c.ts': `import type { A } from './a';` }))).toEqual([]);
  });

  it.each([
    ['src/ui/App.tsx', `import { createClient } from '../worker/client';`],
    ['src/ui/App.tsx', `import type { Recipe } from '../engine/train/recipe';`],
    ['src/store/session.ts', `import { Gpu } from '../engine/gpu/gpu';`],
    ['src/store/session.ts', `import {\n  type Stage,\n  StudioError,\n} from '../engine/studio';`],
    ['src/worker/client.ts', `import { createStudioEngine } from '../engine/engine';`],
    ['src/engine/gpu/gpu.ts', `import { forward } from '../ops/rmsNorm';`],
    ['src/engine/ops/linear.ts', `import type { Model } from '../model/qwen2';`],
    ['src/engine/model/qwen2.ts', `import { runSft } from '../train/sft';`],
    ['src/engine/data/jsonl.ts', `import { AutoTokenizer } from '@huggingface/transformers';`],
    ['src/engine/hub/hub.ts', `import { Gpu } from '../gpu/gpu';`],
    ['src/engine/train/sft.ts', `import { create } from 'zustand';`],
    ['src/engine/engine.ts', `export { useState } from 'react';`],
    ['src/engine/selfTest/reference/x.ts', `import { rowWidth } from '../../ops/loss';`],
    ['src/other/a.ts', `import '../main';`],
  ])('that go against it are reported: %s', (path, text) => {
    expect(forbidden(fake({ [path]: text }), rules)).toHaveLength(1);
  });

  it('are read in every form', () => {
    const text = `import a, { type B } from './a';\nimport { type C } from 'c';\nimport './d.css';\nexport type { E } from './e';\nconst f = () => import('./f');`;
    expect(imports(fake({ 'src/x.ts': text })).map((edge) => `${edge.to} ${edge.typeOnly}`)).toEqual([
      'src/a false',
      'c true',
      'src/e true',
      'src/d.css false',
      'src/f false',
    ]);
  });
});

describe('one op, one stem, five places', () => {
  it('holds for every op', () => {
    expect(unpaired({ ...opFiles(code), ...opFiles(tests) })).toEqual([]);
  });

  it.each([
    ...['shaders/x.wgsl', 'src/engine/ops/x.ts', 'test/ops/x.test.ts'],
    ...['src/engine/selfTest/reference/x.ts', 'src/engine/selfTest/cases/x.ts'],
  ])('and %s alone is reported', (path) => {
    expect(unpaired(opFiles(fake({ [path]: '' })))).toHaveLength(4);
  });
});

describe('the engine', () => {
  const page = /\b(document|window|localStorage|sessionStorage|postMessage|requestAnimationFrame|self)\b\s*[.([]/;
  const gpu = /\bnavigator\s*\.\s*gpu\b|\bGPU(Device|Buffer|Queue|Adapter)\b/;
  const inEngine = (path: string): boolean => path.startsWith(engine);
  const onPage = (path: string): boolean => path.startsWith('src/ui/') || path.startsWith('src/store/');

  it('knows no page', () => {
    expect(containing(code, page, inEngine)).toEqual([]);
    expect(containing(fake({ 'src/engine/a.ts': 'self.postMessage(1)' }), page, inEngine)).toHaveLength(1);
    expect(containing(fake({ 'src/engine/a.ts': '// document.title' }), page, inEngine)).toEqual([]);
  });

  it('loads the self-test when it is asked for, not when it starts', () => {
    const early = (tree: Tree) =>
      [...tree].flatMap(([path, text]) =>
        !path.startsWith(selfTest) && /^(import|export)\s+(?!type\b)[^;]*\/selfTest\//m.test(text) ? [path] : [],
      );
    const inSource = new Map([...code].filter(([path]) => path.startsWith('src/')));
    expect(early(inSource)).toEqual([]);
    expect(code.get(`${engine}selfTests.ts`)).toContain("await import('./selfTest/selfTest')");
    expect(early(fake({ 'src/engine/a.ts': `import { runSelfTest } from './selfTest/selfTest';` }))).toHaveLength(1);
    expect(early(fake({ 'src/engine/a.ts': `import type { KernelCheck } from './selfTest/report';` }))).toEqual([]);
  });

  it('is the only one that touches the GPU', () => {
    expect(containing(code, gpu, onPage)).toEqual([]);
    expect(containing(fake({ 'src/ui/a.ts': 'await navigator.gpu.requestAdapter()' }), gpu, onPage)).toHaveLength(1);
  });
});

describe('files', () => {
  const longest = 300;
  const promise = /\b(TO[D]O|FIX[M]E)\b/;

  it(`have at most ${longest} lines`, () => {
    // A dictionary is a list: it grows by lines, and nobody reads it from top to bottom.
    const read = new Map([...code, ...tests].filter(([path]) => !/^src\/ui\/i18n\/(en|zh)\.ts$/.test(path)));
    expect(tooLong(read, longest)).toEqual([]);
    expect(tooLong(fake({ 'src/a.ts': '\n'.repeat(longest + 1) }), longest)).toHaveLength(1);
  });

  it('hold no promises', () => {
    const promises = [...code, ...tests].filter(([, text]) => promise.test(text)).map(([path]) => path);
    expect(promises).toEqual([]);
    expect(promise.test(`// ${'TO'}DO later`)).toBe(true);
  });
});

describe('shaders', () => {
  const stems = [...shaderSources.keys()]
    .filter((path) => !path.includes('/'))
    .map((path) => path.replace('.wgsl', ''));

  it('are all there', () => {
    const onDisk = [...code.keys()]
      .filter((path) => path.endsWith('.wgsl'))
      .map((path) => path.slice('shaders/'.length));
    expect([...shaderSources.keys()].sort()).toEqual(onDisk.sort());
    expect(stems.length).toBeGreaterThan(0);
  });

  it.each(stems)('%s parses, and says first what it is for', (stem) => {
    expect(parseShader(stem, shaderSources).bindings.size).toBeGreaterThan(0);
    expect(shaderSources.get(`${stem}.wgsl`)).toMatch(/^\/\/ \S/);
  });

  it('that are malformed are refused', () => {
    const refused = (source: string): void => {
      expect(() => parseShader('x', new Map([['x.wgsl', source]]))).toThrow('shader x');
    };
    refused('#import lib/absent');
    refused('#include "lib/reduce"');
    refused('@group(0) @binding(0) var<uniform> params: Params;');
  });

  it('of a variant stand beside the plain one', () => {
    expect(strayVariants(code)).toEqual([]);
    const tree = fake({ 'shaders/x.wgsl': '', 'shaders/x.wide.wgsl': '', 'shaders/y.wide.wgsl': '' });
    expect(strayVariants(tree)).toEqual(['shaders/y.wide.wgsl is a variant, but there is no shaders/y.wgsl']);
  });

  it('in lib are imported by another', () => {
    expect(unusedLibraries(shaderSources)).toEqual([]);
    expect(unusedLibraries(new Map([['lib/lonely.wgsl', '']]))).toEqual(['lib/lonely.wgsl']);
  });
});

describe('dictionaries', () => {
  it('say the same things in English and Chinese', () => {
    expect(differing(en, zh)).toEqual([]);
  });

  it('that differ are reported', () => {
    expect(differing({ a: 'one', b: 'two' }, { a: '一' })).toEqual(['b']);
    expect(differing({ a: 'one' }, { a: '一', b: '二' })).toEqual(['b']);
    expect(differing({ a: '{{count}} rows' }, { a: '{{n}} 行' })).toEqual(['a']);
    expect(differing({ a: 'one' }, { a: '' })).toEqual(['a']);
  });
});

function fake(files: Readonly<Record<string, string>>): Tree {
  return new Map(Object.entries(files));
}

function containing(tree: Tree, pattern: RegExp, where: (path: string) => boolean): string[] {
  return [...tree].filter(([path, text]) => where(path) && pattern.test(withoutComments(text))).map(([path]) => path);
}

function tooLong(tree: Tree, limit: number): string[] {
  return [...tree].filter(([, text]) => text.split('\n').length - 1 > limit).map(([path]) => path);
}

function unusedLibraries(sources: ReadonlyMap<string, string>): string[] {
  const text = [...sources.values()].join('\n');
  const used = (path: string): boolean =>
    new RegExp(`^\\s*#import\\s+${path.replace('.wgsl', '')}\\s*$`, 'm').test(text);
  return [...sources.keys()].filter((path) => path.startsWith('lib/') && !used(path));
}

type Dictionary = Readonly<Record<string, string>>;

/** Keys that one side lacks, leaves empty, or fills with other values than the other side. */
function differing(one: Dictionary, other: Dictionary): string[] {
  const values = (text = ''): string => [...new Set(text.match(/\{\{\w+\}\}/g))].sort().join();
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].filter(
    (key) => !one[key] || !other[key] || values(one[key]) !== values(other[key]),
  );
}
