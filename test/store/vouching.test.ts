// Checks of written models in the store: what is asked and shown, what is kept of each form, and what must not happen meanwhile.
import { describe, expect, test } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import { type Exported, exportKey, isChecking, onnxFormsOf, type VouchReport, webgpuLacks } from '../../src/store';
import { sourceOf } from '../../src/store/secondEngine';
import { facts } from '../support/fakeEngine';
import { vouchOf, vouchRowOf } from '../support/vouching';
import { writtenModel } from '../support/written';
import { type Bench, codes, started, state, turn } from './bench';

const choice = { form: 'fp32', runtime: 'onnxruntime', backend: 'wasm', rows: undefined } as const;
const rows = [vouchRowOf(1), vouchRowOf(2)];
const of = (bench: Bench) => bench.studio.vouching.getState();

async function listed(): Promise<Bench & { readonly exported: Exported }> {
  const bench = await started();
  const exported = writtenModel('sums');
  state(bench.studio).setExports([exported]);
  return { ...bench, exported };
}

/** A check that has told its first row and goes on until it is released. */
async function checking(form: 'fp32' | 'q4' = 'fp32') {
  const bench = await listed();
  let release: (report: VouchReport | Error) => void = () => {};
  bench.engine().vouch = (_request, listen) => {
    listen({ type: 'phase', phase: 'comparing', done: 0, total: 2 });
    listen({ type: 'row', row: rows[0]! });
    return new Promise((resolve, reject) => {
      release = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
    });
  };
  const done = bench.studio.vouch(bench.exported, { ...choice, form });
  for (let i = 0; i < 3; i++) await turn();
  return { ...bench, done, release: (outcome: VouchReport | Error) => release(outcome) };
}

describe('a check', () => {
  test('asks for the files of the folder with the recipe, tells rows as they come, and leaves a report', async () => {
    const bench = await listed();
    const { studio, engine, exported } = bench;
    engine().vouching = rows.map((row) => ({ type: 'row', row }));
    const seen: number[] = [];
    studio.vouching.subscribe(({ check }) => check && seen.push(check.compared.length));
    const report = await studio.vouch(exported, choice);
    expect(engine().calls).toContain('vouch sums fp32 wasm');
    expect(new Set(seen)).toEqual(new Set([0, 1, 2]));
    expect(report).toMatchObject({ verdict: 'agrees', rows });
    expect(of(bench)).toEqual({ check: undefined, reports: { [exportKey(exported)]: { fp32: report } } });
    expect(state(studio).inquiry).toBeUndefined();
  });

  test('of a form leaves what is known of the others', async () => {
    const bench = await listed();
    bench.engine().vouch = async ({ form }) => ({ ...vouchOf(rows), form });
    await bench.studio.vouchForms(bench.exported, ['fp32', 'q4']);
    expect(Object.keys(of(bench).reports[exportKey(bench.exported)] ?? {})).toEqual(['fp32', 'q4']);
  });

  test('that nobody asked for takes some rows of many, and ends with the first form that fails', async () => {
    const bench = await listed();
    const { dataset } = state(bench.studio).data.test;
    const many = Array.from({ length: 40 }, () => dataset!.examples[0]!);
    state(bench.studio).setData('test', { dataset: { ...dataset!, examples: many } });
    const asked: (number | undefined)[] = [];
    bench.engine().vouch = async ({ rows }) => {
      asked.push(rows);
      throw new StudioError('second-memory', 'full', { reason: 'full' });
    };
    await bench.studio.vouchForms(bench.exported, ['fp32', 'q4']);
    expect(asked).toEqual([32]);
    expect(of(bench).check).toMatchObject({ form: 'fp32', failure: { code: 'second-memory' } });
    expect(isChecking(of(bench))).toBe(false);
  });

  test('that is stopped after fewer rows leaves what was known of more, unless it is red', async () => {
    const bench = await checking();
    bench.release(vouchOf(rows));
    await bench.done;
    const known = () => of(bench).reports[exportKey(bench.exported)]?.fp32?.verdict;
    bench.engine().vouch = async () => ({ ...vouchOf([rows[0]!]), verdict: 'stopped', asked: 2 });
    await bench.studio.vouch(bench.exported, choice);
    expect(known()).toBe('agrees');
    bench.engine().vouch = async () => ({ ...vouchOf([rows[0]!]), verdict: 'disagrees', asked: 2 });
    await bench.studio.vouch(bench.exported, choice);
    expect(known()).toBe('disagrees');
  });

  test('that is stopped before its first row leaves what was known', async () => {
    const bench = await checking();
    bench.release(vouchOf(rows));
    await bench.done;
    bench.engine().vouch = async () => ({ ...vouchOf([]), verdict: 'stopped', asked: 2 });
    await bench.studio.vouch(bench.exported, choice);
    expect(of(bench).reports[exportKey(bench.exported)]?.fp32?.verdict).toBe('agrees');
  });
});

describe('while a model is checked', () => {
  test('no stage starts, nothing is opened, saved, asked or checked besides', async () => {
    const { studio, engine, exported, release, done } = await checking();
    expect(state(studio).inquiry).toBe('check');
    await studio.run('baseline');
    await studio.runAll();
    await studio.loadModel('teacher', { kind: 'files', name: 'other', files: [] });
    await studio.save('teacher-adapter', { name: 'picked' } as FileSystemDirectoryHandle);
    await studio.selfTest();
    await studio.vouch(exported, choice);
    expect(await studio.say('hello')).toBe(false);
    // One sentence, not seven.
    expect(codes(studio)).toEqual(['checking']);
    const others = /^(run|loadModel teacher other|saveInto|selfTest|chat)/;
    expect(engine().calls.filter((call) => others.test(call))).toEqual([]);
    release(vouchOf(rows));
    await done;
    expect(await studio.say('hello')).toBe(true);
  });

  test('a stop is passed on once it runs, and only then', async () => {
    const { studio, engine, release, done, ...bench } = await checking();
    studio.stopVouching();
    expect(engine().calls.at(-1)).toBe('stopVouching');
    expect(studio.vouching.getState().check?.stopping).toBe(true);
    release({ ...vouchOf([rows[0]!]), verdict: 'stopped', asked: 2 });
    await done;
    studio.stopVouching();
    expect(engine().calls.filter((call) => call === 'stopVouching')).toHaveLength(1);
    expect(of({ studio, engine, ...bench }).reports[exportKey(bench.exported)]?.fp32?.verdict).toBe('stopped');
  });

  test('a stop before the engine has begun is not lost', async () => {
    const { studio, engine, exported, ...bench } = await listed();
    const early = studio.vouch(exported, choice);
    studio.stopVouching();
    expect(await early).toBeUndefined();
    expect(engine().calls.some((call) => call.startsWith('vouch'))).toBe(false);
    expect(of({ studio, engine, ...bench })).toEqual({ check: undefined, reports: {} });
    // Behind a model that is being loaded.
    let begin: () => void = () => {};
    engine().vouch = async (_request, listen) => {
      await new Promise<void>((resolve) => {
        begin = resolve;
      });
      engine().calls.push('begun');
      listen({ type: 'phase', phase: 'loading', done: 0, total: 1 });
      return { ...vouchOf([]), verdict: 'stopped', asked: 2 };
    };
    const late = studio.vouch(exported, choice);
    for (let i = 0; i < 3; i++) await turn();
    studio.stopVouching();
    begin();
    await late;
    expect(engine().calls.slice(-3)).toEqual(['stopVouching', 'begun', 'stopVouching']);
  });

  test('deleting the model stops it, and nothing is known of what is gone', async () => {
    const { studio, engine, release, done, exported } = await checking();
    state(studio).setExports([writtenModel('another')]);
    expect(engine().calls.at(-1)).toBe('stopVouching');
    release(vouchOf(rows));
    await done;
    expect(studio.vouching.getState()).toEqual({ check: undefined, reports: {} });
    // Negative control: the list read anew takes nothing away.
    state(studio).setExports([exported]);
    engine().vouch = async () => vouchOf(rows);
    await studio.vouch(exported, choice);
    state(studio).setExports([{ ...exported }]);
    expect(Object.keys(studio.vouching.getState().reports)).toEqual([exportKey(exported)]);
  });
});

test('it is refused with a sentence while a stage runs, without a GPU, and without test rows', async () => {
  const { studio, engine, exported } = await listed();
  const run = studio.run('baseline');
  await turn();
  await studio.vouch(exported, choice);
  expect(codes(studio)).toEqual(['busy-check']);
  engine().finish({ outcome: 'done', steps: 0 });
  await run;
  expect(codes(studio)).toEqual([]);
  state(studio).setData('test', { dataset: undefined });
  await studio.vouch(exported, choice);
  state(studio).setLost(true);
  await studio.vouch(exported, choice);
  expect(codes(studio)).toEqual(['check-no-rows', 'check-no-gpu']);
  expect(engine().calls.some((call) => call.startsWith('vouch'))).toBe(false);
});

describe('a written model', () => {
  test('has the forms that lie in its folder', () => {
    expect(onnxFormsOf(writtenModel('a'))).toEqual(['fp32', 'q4']);
    expect(onnxFormsOf(writtenModel('a', ['model_fp16.onnx', 'model_fp16.onnx_data']))).toEqual(['fp16']);
    expect(onnxFormsOf(writtenModel('a', []))).toEqual([]);
  });

  test('needs 16-bit arithmetic of WebGPU in fp16 alone', () => {
    const gpu = (features: readonly string[]) => ({ state: 'open', facts: { ...facts, features } }) as const;
    expect(webgpuLacks({ state: 'opening' }, 'fp32')).toBe('gpu');
    expect(webgpuLacks(gpu([]), 'fp16')).toBe('half');
    expect(webgpuLacks(gpu(['shader-f16']), 'fp16')).toBeUndefined();
    for (const form of ['fp32', 'q4'] as const) expect(webgpuLacks(gpu([]), form)).toBeUndefined();
  });

  test('is read by its uppermost files where two have one name', () => {
    const file = (path: string) => ({ path, file: new File([path], path.split('/').at(-1)!) });
    const source = sourceOf('a', [file('config.json'), file('onnx/config.json'), file('onnx/model.onnx')]);
    expect(source).toMatchObject({ kind: 'files', name: 'a' });
    expect(source.kind === 'files' && source.files.at(-1)?.size).toBe('config.json'.length);
  });
});
