/** Imports go one way through the house. Every wall has a negative control: a small tree that breaks it must be reported. */
import { describe, expect, it } from 'vitest';
import { cycles, forbidden, imports, unresolved } from '../support/imports';
import { rules } from './rules';
import { code, fake } from './trees';

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
    ['src/engine/vouch/vouch.ts', `import { InferenceSession } from 'onnxruntime-web';`],
    ['src/second/onnx.ts', `import { Gpu } from '../engine/gpu/gpu';`],
    ['src/worker/worker.ts', `import * as ort from 'onnxruntime-web/webgpu';`],
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
