/** What a stage leaves, and how much of it is compared; the engine only says what it was asked. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeFile } from '../../src/engine/formats/sink';
import type { VouchReport } from '../../src/engine/studio';
import { parseJob } from '../../src/headless/job';
import type { JobEvent } from '../../src/headless/run';
import { takeHome } from '../../src/headless/takeHome';

const report: VouchReport = {
  ...{ verdict: 'agrees', reasons: [], largest: 0, mean: 0, beyond: 0, sameAnswers: 1, ties: 0, asked: 1, leftOut: 0 },
  ...{ model: 'm', form: 'fp32', runtime: 'onnxruntime', backend: 'wasm', rows: [], correct: { ours: 1, second: 1 } },
  milliseconds: { ours: 1, opening: 1, second: 1 },
};

/** The forms that were compared of a merged teacher, which has two; `stopAt`: the one in which somebody says stop. */
async function compared(stopAt?: string): Promise<readonly string[]> {
  const document = { version: 1, output: mkdtempSync(join(tmpdir(), 'home-')), test: 'test.jsonl' };
  const job = parseJob(document, 'recipe.json');
  const stop = { aborted: false };
  const asked: string[] = [];
  const engine: Parameters<typeof takeHome>[1] = {
    save: async (_artifact, sink) => {
      for (const name of ['model.onnx', 'model_q4.onnx']) await writeFile(sink, `onnx/${name}`, []);
    },
    vouch: async ({ form }) => {
      asked.push(form);
      stop.aborted ||= form === stopAt;
      return { ...report, form };
    },
  };
  const told: JobEvent[] = [];
  await takeHome(job, engine, 'merge', { outcome: 'done', steps: 0 }, (event) => told.push(event), stop);
  expect(told.filter(({ type }) => type === 'vouched')).toHaveLength(asked.length);
  return asked;
}

it('has every ONNX compared, until somebody says stop', async () => {
  expect(await compared()).toEqual(['fp32', 'q4']);
  expect(await compared('fp32')).toEqual(['fp32']);
});
