// An exported folder in the browser's storage under our kernels and under the second engine, in the workers that were built.
import { expect, type Page } from '@playwright/test';
import type { OnnxForm, VouchReport } from '../../src/engine/studio';
import { defaultRecipe } from '../../src/engine/train/recipe';
import type { StreamedReply } from '../../src/engine/vouch/second';
import { type Change, exportedModel } from '../support/exported';
import { test } from './watched';
import { type Answered, ask, openEmpty, startWorker, storeFolder } from './workers';

const ROWS = 290;
const runtimes = ['onnxruntime', 'transformers.js'] as const;

/** The demo student in the page's storage. */
async function store(page: Page, forms: readonly OnnxForm[], change?: Change): Promise<void> {
  const exported = await Promise.all(forms.map((form) => exportedModel('student', form, change)));
  const files = new Map(exported.flatMap((one) => one.files.map((file) => [file.name, file] as const)));
  await storeFolder(page, 'student', [...files.values()]);
}

async function openEngine(page: Page): Promise<void> {
  await startWorker(page, 'engine');
  const load = { type: 'loadData', split: 'test', name: 'test.jsonl' };
  for (const asking of [{ command: { type: 'open' } }, { command: load, rows: 'data/test.jsonl' }])
    expect((await ask(page, asking)).failure).toBeUndefined();
}

function vouch(page: Page, request: Readonly<Record<string, unknown>>): Promise<Answered<VouchReport>> {
  const whole = { form: 'fp32', runtime: 'onnxruntime', backend: 'wasm', recipe: defaultRecipe, ...request };
  return ask(page, { command: { type: 'vouch', request: whole }, folder: 'student' });
}

test('onnxruntime-web and transformers.js answer every test row as our kernels do', async ({ page, baseURL }) => {
  test.setTimeout(10 * 60_000);
  const elsewhere: string[] = [];
  page.on('request', (request) => request.url().startsWith(baseURL!) || elsewhere.push(request.url()));
  await openEmpty(page);
  await store(page, ['fp32']);
  await openEngine(page);
  for (const runtime of runtimes) {
    const { value, failure, events } = await vouch(page, { runtime });
    expect(failure).toBeUndefined();
    expect(value).toMatchObject({ verdict: 'agrees', reasons: [], asked: ROWS, sameAnswers: ROWS, beyond: 0, runtime });
    expect(value!.largest).toBeLessThan(1e-4);
    expect(events.filter(({ event }) => event?.type === 'row')).toHaveLength(ROWS);
    const { ours, opening, second } = value!.milliseconds;
    test.info().annotations.push({ type: runtime, description: `${value!.largest} ${ours} ${opening} ${second}` });
  }
  expect(elsewhere).toEqual([]);
});

test('a wrong export is red under both, on a page that is not isolated too', async ({ page }) => {
  await openEmpty(page, false);
  await store(page, ['fp32'], (bits, tensor) => (tensor.includes('layers.1.mlp.down_proj') ? bits ^ 0x8000 : bits));
  await openEngine(page);
  for (const runtime of runtimes) {
    const { value } = await vouch(page, { runtime, rows: 3 });
    expect(value).toMatchObject({ verdict: 'disagrees', beyond: 3, asked: 3 });
    const row = value!.rows.find(({ difference }) => difference !== undefined);
    expect(row!.second.text).not.toBe(row!.ours.text);
  }
});

test('WebGPU vouches as well, and says so where it cannot', async ({ page }) => {
  await openEmpty(page);
  await store(page, ['fp32', 'fp16']);
  await openEngine(page);
  const { value } = await vouch(page, { backend: 'webgpu', rows: 1 });
  expect(value).toMatchObject({ verdict: 'agrees', asked: 1, sameAnswers: 1, backend: 'webgpu' });
  // The software adapter has no f16.
  for (const runtime of runtimes) {
    const { failure } = await vouch(page, { backend: 'webgpu', form: 'fp16', runtime, rows: 1 });
    expect(failure?.code).toBe('second-half');
  }
  expect((await vouch(page, { form: 'q4' })).failure?.code).toBe('onnx-missing');
});

test('a folder is talked to in transformers.js: told as it comes, stopped on the way, cut where it is long', async ({
  page,
}) => {
  await openEmpty(page);
  await store(page, ['fp32']);
  await startWorker(page, 'second');
  const request = { form: 'fp32', runtime: 'transformers.js', backend: 'wasm' };
  expect((await ask(page, { command: { type: 'open', request }, folder: 'student' })).value).toBe(true);
  const messages = [{ role: 'user', content: '2631' }];
  const command = { type: 'chat', messages, options: { maxNewTokens: 64 } };
  const whole = await ask<StreamedReply>(page, { command });
  expect(whole.value).toMatchObject({ ended: 'end' });
  expect(whole.value!.text).toContain('2631');
  expect(whole.events.map(({ event }) => event?.added).join('')).toBe(whole.value!.text);
  expect(whole.events.length).toBeGreaterThan(3);
  const part = await ask<StreamedReply>(page, { command, stopAfter: 2 });
  expect(part.value).toMatchObject({ ended: 'stopped' });
  expect(part.value!.tokens).toBeLessThan(whole.value!.tokens);
  expect(whole.value!.text.startsWith(part.value!.text)).toBe(true);
  const cut = await ask<StreamedReply>(page, { command: { ...command, options: { maxNewTokens: 2 } } });
  expect(cut.value).toMatchObject({ ended: 'length', tokens: 2 });
});
