/** What the engine knows nothing of, and what nobody else touches. */
import { describe, expect, it } from 'vitest';
import type { Tree } from '../support/imports';
import { code, containing, engine, fake, selfTest } from './trees';

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

  it('loads the library of the Hub when something is pushed, not when it starts', () => {
    const early = (tree: Tree) =>
      [...tree].flatMap(([path, text]) =>
        /^(import|export)\s+(?!type\b)[^;]*'@huggingface\/hub'/m.test(text) ? [path] : [],
      );
    expect(early(new Map([...code].filter(([path]) => path.startsWith('src/'))))).toEqual([]);
    expect(code.get(`${engine}hub/push/journey.ts`)).toContain("await import('@huggingface/hub')");
    expect(early(fake({ 'src/engine/a.ts': `import { commit } from '@huggingface/hub';` }))).toHaveLength(1);
  });

  it('is the only one that touches the GPU', () => {
    expect(containing(code, gpu, onPage)).toEqual([]);
    expect(containing(fake({ 'src/ui/a.ts': 'await navigator.gpu.requestAdapter()' }), gpu, onPage)).toHaveLength(1);
  });
});
