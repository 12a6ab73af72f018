/** An exported demo model under our kernels and under onnxruntime-web's WebAssembly, through the engine's door. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createStudioEngine, type Studio } from '../../src/engine/engine';
import type { FolderSource, OnnxForm, VouchEvent, VouchRequest } from '../../src/engine/studio';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { openSecond } from '../../src/headless/second';
import { demoRows } from '../support/demoPair';
import { type Change, exportedModel } from '../support/exported';
import { dawn } from '../support/gpu';

let engine: Studio;
beforeAll(async () => {
  engine = createStudioEngine(dawn(), undefined, undefined, openSecond);
  await engine.open();
  await engine.loadData('test', 'test.jsonl', demoRows('test', 4));
});

function asked(folder: FolderSource, form: OnnxForm = 'fp32', rows?: number): VouchRequest {
  return { folder, form, rows, runtime: 'onnxruntime', backend: 'wasm', recipe: defaultRecipe };
}

async function vouched(folder: FolderSource, form: OnnxForm = 'fp32') {
  const events: VouchEvent[] = [];
  const report = await engine.vouch(asked(folder, form), (event) => events.push(event));
  return { report, events };
}

const changedOnnx = (change: Change) => exportedModel('student', 'fp32', change);

describe('an export that is right', () => {
  it.each(['student', 'teacher'] as const)('agrees: %s', async (role) => {
    const { report, events } = await vouched(await exportedModel(role, 'fp32'));
    expect(report).toMatchObject({ verdict: 'agrees', reasons: [], sameAnswers: 4, asked: 4, model: role });
    expect(report.largest).toBeLessThan(1e-4);
    expect(report.largest).toBeGreaterThan(0);
    const { ours, second, distance, line } = report.rows[1]!;
    expect(line).toBe(2);
    expect(ours.text).toMatch(/\d/);
    expect(second).toEqual(ours);
    expect(distance.scale).toBeGreaterThan(10);
    const phases = events.flatMap((event) => (event.type === 'phase' ? [event.phase] : []));
    expect([...new Set(phases)]).toEqual(['loading', 'answering', 'opening', 'comparing']);
    expect(events.filter(({ type }) => type === 'row')).toHaveLength(4);
  });

  it('agrees in half precision, further apart, and is measured in four bits', async () => {
    const half = (await vouched(await exportedModel('student', 'fp16'), 'fp16')).report;
    expect(half).toMatchObject({ verdict: 'agrees', beyond: 0 });
    expect(half.largest).toBeGreaterThan(1e-4);
    const four = (await vouched(await exportedModel('student', 'q4'), 'q4')).report;
    expect(four).toMatchObject({ verdict: 'measured', reasons: [] });
    expect(four.largest).toBeGreaterThan(half.largest);
  });
});

describe('an export that is wrong', () => {
  it('is found by its answers, with the token where they part', async () => {
    const { report } = await vouched(
      await changedOnnx((bits, tensor) => (tensor.includes('layers.1.mlp.down_proj') ? bits ^ 0x8000 : bits)),
    );
    expect(report).toMatchObject({ verdict: 'disagrees', beyond: 4 });
    expect(report.reasons).toContain('answers');
    const row = report.rows.find(({ difference }) => difference !== undefined)!;
    expect(row.second.text).not.toBe(row.ours.text);
    expect(row.difference).toMatchObject({ tie: false });
    expect(row.difference!.ours.id).not.toBe(row.difference!.second.id);
    expect(row.difference!.behind).toBeGreaterThanOrEqual(row.difference!.margin);
    expect(row.difference!.margin).toBeGreaterThan(0);
  });

  it('is found by its logits where every answer is the same', async () => {
    const { report } = await vouched(
      await changedOnnx((bits, tensor) => (tensor === 'model.norm.weight' ? bits ^ 1 : bits)),
    );
    expect(report).toMatchObject({ verdict: 'disagrees', reasons: ['logits'], sameAnswers: 4, beyond: 4 });
  });

  it('is found where it is not finite', async () => {
    const { report } = await vouched(
      await changedOnnx((bits, tensor) => (tensor === 'model.norm.weight' ? 0x7fc0 : bits)),
    );
    expect(report.verdict).toBe('disagrees');
    expect(report.reasons).toEqual(expect.arrayContaining(['not-finite', 'logits']));
    expect(report.largest).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('vouching', () => {
  it('says what is missing or damaged, and what to do', async () => {
    const folder = await exportedModel('student', 'fp32');
    await expect(vouched(folder, 'fp16')).rejects.toMatchObject({
      code: 'onnx-missing',
      detail: { file: 'onnx/model_fp16.onnx', folder: 'student', form: 'fp16' },
    });
    const cut = folder.files.map((file) =>
      file.name === 'model.onnx_data' ? new File([file.slice(0, file.size / 2)], file.name) : file,
    );
    await expect(vouched({ ...folder, files: cut })).rejects.toMatchObject({ code: 'second-failed' });
    const none = createStudioEngine(dawn(), undefined, undefined, openSecond);
    await none.open();
    await expect(none.vouch(asked(folder), () => {})).rejects.toMatchObject({ code: 'vouch-no-rows' });
    const alone = createStudioEngine(dawn());
    await alone.open();
    await alone.loadData('test', 'test.jsonl', demoRows('test', 1));
    await expect(alone.vouch(asked(folder), () => {})).rejects.toMatchObject({ code: 'second-unavailable' });
  });

  it('stops after a row, keeps to the rows that are asked for, and waits for no stage', async () => {
    const folder = await exportedModel('student', 'fp32');
    const stopped = await engine.vouch(asked(folder), ({ type }) => type === 'row' && engine.stopVouching());
    expect(stopped).toMatchObject({ verdict: 'stopped', asked: 4 });
    expect(stopped.rows).toHaveLength(1);
    const two = await engine.vouch(asked(folder, 'fp32', 2), () => {});
    expect(two.rows.map(({ line }) => line)).toEqual([1, 3]);
    await engine.loadModel('student', folder);
    const refused: unknown[] = [];
    await engine.run('baseline', defaultRecipe, () => {
      if (refused.length > 0) return;
      refused.push(engine.vouch(asked(folder), () => {}).catch(({ code }) => code));
    });
    expect(await Promise.all(refused)).toEqual(['busy']);
  });
});
