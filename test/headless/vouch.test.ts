/** `npm run headless -- vouch`: what it prints, what it refuses, and that it finds a wrong export. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createStudioEngine } from '../../src/engine/engine';
import { openSecond } from '../../src/headless/second';
import { vouchCommand } from '../../src/headless/vouch';
import { type Change, exportedModel } from '../support/exported';
import { dawn } from '../support/gpu';

const rows = join(import.meta.dirname, '../../public/data/test.jsonl');

async function exportedTo(folder: string, change?: Change): Promise<string> {
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  for (const file of (await exportedModel('student', 'fp32', change)).files) {
    const place = file.name.includes('.onnx') ? join(folder, 'onnx') : folder;
    writeFileSync(join(place, file.name), await file.bytes());
  }
  return folder;
}

async function run(...args: string[]) {
  const lines: string[] = [];
  const engine = createStudioEngine(dawn(), undefined, undefined, openSecond);
  const agrees = await vouchCommand(engine, args, (line) => lines.push(line));
  return { agrees, text: lines.join('\n') };
}

it('agrees with an export that is right, and shows where a wrong one parts', async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'vouch-'));
  const right = await run(await exportedTo(join(temporary, 'right')), '--rows', rows, '--most', '3');
  expect(right.agrees).toBe(true);
  expect(right.text).toMatch(/fp32, onnxruntime-web wasm, 3 rows\nlogits: at most \d\.\de-[56] apart/);
  expect(right.text).toMatch(/answers: 3 the same, 0 not/);
  expect(right.text.endsWith('agrees')).toBe(true);
  const change: Change = (bits, tensor) => (tensor.includes('layers.1.mlp.down_proj') ? bits ^ 0x8000 : bits);
  const folder = await exportedTo(join(temporary, 'wrong'), change);
  const wrong = await run(folder, '--rows', rows, '--most', '3');
  expect(wrong.agrees).toBe(false);
  expect(wrong.text).toMatch(
    /^line \d+: another answer from token \d+ on: ours ".+" \(\d+\), second engine ".+" \(\d+\)/m,
  );
  expect(wrong.text).toMatch(/DISAGREES: .*logits/);
  const { text } = await run(folder, '--rows', rows, '--most', '2', '--json');
  expect(JSON.parse(text)).toMatchObject({ verdict: 'disagrees', asked: 2, model: 'wrong', backend: 'wasm' });
});

it('refuses what it does not know, and says what is not there', async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'vouch-'));
  for (const args of [[], [temporary], [temporary, '--rows', rows, '--form', 'int8'], [temporary, '--nothing']]) {
    await expect(run(...args)).rejects.toMatchObject({ code: 'no-vouch', message: expect.stringContaining('Usage') });
  }
  for (const most of ['0', 'x', '1.5'])
    await expect(run(temporary, '--rows', rows, '--most', most)).rejects.toMatchObject({ code: 'no-vouch' });
  const folder = await exportedTo(temporary);
  await expect(run(folder, '--rows', rows, '--form', 'q4', '--most', '1')).rejects.toMatchObject({
    code: 'onnx-missing',
  });
  await expect(run(folder, '--rows', join(temporary, 'none.jsonl'))).rejects.toMatchObject({ code: 'path-unreadable' });
});
