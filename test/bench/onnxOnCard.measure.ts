/**
 * What the studio exports as ONNX, run by onnxruntime-web's WebGPU on this machine's adapter, beside our kernels: the demo pair in every form.
 * `ROWS=20 MATRICES=1 npm run measure -- onnxOnCard`; without `MATRICES` Dawn offers no f16 on NVIDIA under Vulkan.
 */
import { expect, it } from 'vitest';
import { createStudioEngine } from '../../src/engine/engine';
import type { OnnxForm } from '../../src/engine/studio';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { summaryOf } from '../../src/headless/vouch';
import { openOnnx } from '../../src/second/onnx';
import { demoRows } from '../support/demoPair';
import { exportedModel } from '../support/exported';
import { dawn } from '../support/gpu';
import { onnxRuntime } from './peers/peers';

const rows = Number(process.env.ROWS ?? 20);
const cases = (['student', 'teacher'] as const).flatMap((role) =>
  (['fp32', 'q4', 'fp16'] as const).map((form): [typeof role, OnnxForm] => [role, form]),
);

it.each(cases)('the %s as %s', async (role, form) => {
  const ort = await onnxRuntime();
  if (!ort) throw new Error('onnxruntime-web is not in node_modules');
  const engine = createStudioEngine(dawn(), undefined, undefined, (request) => openOnnx(ort, request));
  const { description } = await engine.open();
  await engine.loadData('test', 'test.jsonl', demoRows('test', rows));
  const folder = await exportedModel(role, form);
  const request = { folder, form, runtime: 'onnxruntime', backend: 'webgpu', recipe: defaultRecipe } as const;
  const report = await engine.vouch(request, () => {});
  console.log(`${role}, ${description}\n${summaryOf(report)}`);
  expect(['agrees', 'measured']).toContain(report.verdict);
});
