/**
 * What the studio writes, for Transformers and PEFT to read: a short headless run on the demo pair into a folder, with
 * our logits of every result. `OUT=folder npm run measure -- written` (an empty folder), then
 * `python test/fixtures/written/check_written.py folder`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { type TokenRow, tokenizeExamples } from '../../src/engine/data/examples';
import { parseJsonl } from '../../src/engine/data/jsonl';
import { packed } from '../../src/engine/data/layout';
import { createStudioEngine } from '../../src/engine/engine';
import { type LoraPair, writePeft } from '../../src/engine/formats/peft';
import { type TensorData, writeSafetensors } from '../../src/engine/formats/safetensorsWriter';
import { loadInitial, modulesOf } from '../../src/engine/model/initial';
import { type LoadedModel, loadModel, unload } from '../../src/engine/model/loaded';
import { modelFolder } from '../../src/headless/files';
import { parseJob } from '../../src/headless/job';
import { runJob } from '../../src/headless/run';
import { demoRows } from '../support/demoPair';
import { bench, dawn, testGpu } from '../support/gpu';
import { everyPosition, labelLogits } from '../support/logits';
import { normals } from '../support/random';

const out = resolve(process.env.OUT ?? 'test-results/written');
const demo = resolve(import.meta.dirname, '../../public');
const models = { teacher: join(demo, 'models/teacher'), student: join(demo, 'models/student') };
const training = { learningRate: 2e-3, warmupSteps: 0 };

async function runInto(folder: string, changes: object): Promise<void> {
  const document = {
    ...{ version: 1, ...models, train: join(demo, 'data/train.jsonl'), test: join(demo, 'data/test.jsonl') },
    ...{ output: folder, limits: { train: 24, test: 2 }, shardMegabytes: 1 },
    recipe: { sft: training, distill: training, evaluation: { everySteps: 0, maxNewTokens: 1 } },
    ...changes,
  };
  const job = parseJob(document, join(out, 'document.json'));
  expect(await runJob(job, createStudioEngine(dawn()), () => {})).toBe(true);
}

/** An adapter of the student whose matrices have ranks and scales of their own, in one layer less than there are. */
async function writeMixed(folder: string): Promise<void> {
  const student = await loadModel(await testGpu(), await modelFolder(models.student));
  const all = modulesOf(student.base);
  const pairs = new Map(
    [...all].slice(7).map(([name, [outputs, inputs]], index): [string, LoraPair] => {
      const rank = 1 + (index % 3);
      const factor = (seed: number, count: number) => new Float32Array(normals(seed, count, 0.03));
      const [a, b] = [factor(2 * index, rank * inputs), factor(2 * index + 1, outputs * rank)];
      return [name, { rank, scale: index % 2 === 0 ? 2 : 3 / rank, a, b }];
    }),
  );
  mkdirSync(folder, { recursive: true });
  for (const [name, blob] of writePeft(pairs, all, { rank: 2, alpha: 3, dropout: 0, baseModel: 'student' })) {
    writeFileSync(join(folder, name), new Uint8Array(await blob.arrayBuffer()));
  }
  unload(student);
}

async function testRows({ tokenizer, base }: LoadedModel): Promise<readonly TokenRow[]> {
  const { examples } = parseJsonl(new Uint8Array(await demoRows('test', 3).arrayBuffer()));
  const options = { systemPrompt: '', maxTokens: base.config.context, lengths: packed, asked: true };
  const watch = { boundary: async () => 'go' as const, progress: () => {} };
  return (await tokenizeExamples(tokenizer, examples, options, watch))?.rows ?? [];
}

const bytes = ({ buffer, byteOffset, byteLength }: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>) =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Token ids and our logits at all of their positions. */
async function logitsOf(name: string, model: string, adapter?: string): Promise<TensorData[]> {
  const b = await bench();
  const loaded = await loadModel(b.gpu, await modelFolder(model));
  if (adapter) await loadInitial(b.gpu, loaded, await modelFolder(adapter));
  const tensors: TensorData[] = [];
  for (const [i, row] of (await testRows(loaded)).entries()) {
    const ids = Uint32Array.from([...row.prompt, ...row.answer]);
    const logits = await labelLogits(b, loaded.base, [everyPosition(row)], loaded.initial?.value);
    const shape = [ids.length, loaded.base.config.vocabulary];
    tensors.push({ name: `${name}.${i}.ids`, dtype: 'I32', shape: [ids.length], data: bytes(ids) });
    tensors.push({ name: `${name}.${i}.logits`, dtype: 'F32', shape, data: bytes(new Float32Array(logits)) });
  }
  unload(loaded);
  return tensors;
}

it('leaves a folder for Transformers and PEFT', async () => {
  await runInto(join(out, 'run'), {});
  await writeMixed(join(out, 'mixed'));
  await runInto(join(out, 'from-mixed'), { stages: ['control'], studentAdapter: 'mixed' });
  const run = (name: string) => join(out, 'run', name);
  const tensors = [
    ...(await logitsOf('teacher-merged', run('teacher-merged'))),
    ...(await logitsOf('student-distilled', run('student-distilled'))),
    ...(await logitsOf('teacher-adapter', models.teacher, run('teacher-adapter'))),
    ...(await logitsOf('student-adapter', models.student, run('student-adapter'))),
    ...(await logitsOf('control-adapter', models.student, run('control-adapter'))),
    ...(await logitsOf('mixed-adapter', models.student, join(out, 'from-mixed/control-adapter'))),
  ];
  writeFileSync(join(out, 'logits.safetensors'), new Uint8Array(await writeSafetensors(tensors).arrayBuffer()));
});
