/** Adapters in and out through the engine's door: what is loaded is what was saved, training starts from it, poison is refused. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createStudioEngine, type Studio } from '../src/engine/engine';
import { type LoraPair, type Modules, writePeft } from '../src/engine/formats/peft';
import { memorySink } from '../src/engine/formats/sink';
import type { Artifact, FolderSource, MergeReport, Stage, StageEvent } from '../src/engine/studio';
import { defaultRecipe, type Recipe } from '../src/engine/train/recipe';
import { demoModel, demoRows } from './support/demoPair';
import { dawn } from './support/gpu';
import { normals } from './support/random';

const recipe: Recipe = {
  ...defaultRecipe,
  lora: { ...defaultRecipe.lora, rank: 4, alpha: 8, dropout: 0.05 },
  sft: { ...defaultRecipe.sft, learningRate: 2e-3, warmupSteps: 0, batchSize: 4 },
  evaluation: { everySteps: 0, sampleRows: 2, lossRows: 2, maxNewTokens: 4 },
};

let engine: Studio;

beforeAll(async () => {
  engine = createStudioEngine(dawn());
  await engine.open();
  await engine.loadModel('teacher', demoModel('teacher'));
  await engine.loadModel('student', demoModel('student'));
  await engine.loadData('train', 'train.jsonl', demoRows('train', 8));
  await engine.loadData('test', 'test.jsonl', demoRows('test', 2));
});

async function run(stage: Stage, changed: Partial<Recipe> = {}) {
  const events: StageEvent[] = [];
  const result = await engine.run(stage, { ...recipe, ...changed }, (event) => events.push(event));
  const evaluations = events.flatMap((event) => (event.type === 'evaluation' ? [event.evaluation] : []));
  const losses = events.flatMap((event) => (event.type === 'step' ? [event.metrics.loss] : []));
  const report = events.flatMap((event): MergeReport[] => (event.type === 'merged' ? [event.report] : []))[0];
  return { result, evaluations, losses, report };
}

async function saved(artifact: Artifact): Promise<ReadonlyMap<string, Blob>> {
  const sink = memorySink();
  await engine.save(artifact, sink);
  return sink.files;
}

async function bytes(artifact: Artifact, file: string): Promise<Uint8Array> {
  return new Uint8Array(await (await saved(artifact)).get(file)!.arrayBuffer());
}

function source(files: ReadonlyMap<string, Blob>): FolderSource {
  return { kind: 'files', name: 'adapter', files: [...files].map(([name, blob]) => new File([blob], name)) };
}

const some = [0, 1].flatMap((layer) =>
  ['self_attn.q_proj', 'mlp.down_proj'].map((name) => `model.layers.${layer}.${name}`),
);

/** An adapter of the teacher whose modules have ranks and scales of their own. */
async function mixedAdapter(): Promise<ReadonlyMap<string, Blob>> {
  const folder = demoModel('teacher');
  const file = folder.kind === 'files' ? folder.files.find(({ name }) => name === 'config.json') : undefined;
  const config = JSON.parse(await file!.text());
  const { hidden_size: hidden, intermediate_size: middle, num_attention_heads: heads } = config;
  const headDim = config.head_dim ?? hidden / heads;
  const sizes = (name: string): [number, number] =>
    name.endsWith('q_proj') ? [heads * headDim, hidden] : [hidden, middle];
  const modules: Modules = new Map(some.map((name) => [name, sizes(name)]));
  // The model has these projections in more layers, which must not be taken for adapted.
  const all: Modules = new Map([...modules, ['model.layers.2.self_attn.q_proj', [1, 1]]]);
  const pairs = new Map(
    [...modules].map(([name, [outputs, inputs]], index): [string, LoraPair] => {
      const rank = index + 1;
      const a = new Float32Array(normals(index + 1, rank * inputs, 0.05));
      const b = new Float32Array(normals(index + 9, outputs * rank, 0.05));
      return [name, { rank, scale: 3 / rank, a, b }];
    }),
  );
  return writePeft(pairs, all, { rank: 2, alpha: 3, dropout: 0.2, baseModel: 'teacher' });
}

/** The last value of the last module's B is another one. */
async function poisoned(files: ReadonlyMap<string, Blob>, value: number): Promise<ReadonlyMap<string, Blob>> {
  const file = 'adapter_model.safetensors';
  const buffer = await files.get(file)!.arrayBuffer();
  new DataView(buffer).setFloat32(buffer.byteLength - 4, value, true);
  return new Map([...files, [file, new Blob([buffer])]]);
}

describe('adapters', () => {
  it('come out as they went in, and merge to the same weights without training', async () => {
    await run('sft');
    const trained = await saved('teacher-adapter');
    await run('merge');
    const merged = await bytes('teacher-merged', 'model.safetensors');
    const config = JSON.parse(await trained.get('adapter_config.json')!.text());
    expect(config).toMatchObject({ r: 4, lora_alpha: 8, lora_dropout: 0.05, base_model_name_or_path: 'teacher' });
    const info = await engine.loadAdapter('teacher', source(trained));
    expect(info).toMatchObject({ rank: 4, alpha: 8, uniform: true, baseModel: 'teacher', name: 'adapter' });
    expect(info.targets).toHaveLength(7);
    // It stands in the place of the trained one, with no step; its answers come before those of the merged model.
    const { evaluations, result } = await run('merge');
    expect(result).toEqual({ outcome: 'done', steps: 0 });
    expect(evaluations.map(({ subject, step }) => [subject, step])).toEqual([
      ['teacher-sft', 0],
      ['teacher-merged', 0],
    ]);
    expect(await bytes('teacher-merged', 'model.safetensors')).toEqual(merged);
    const file = 'adapter_model.safetensors';
    expect(await bytes('teacher-adapter', file)).toEqual(new Uint8Array(await trained.get(file)!.arrayBuffer()));
  });

  it('are what training starts from, and discarding them starts it afresh', async () => {
    const { sft } = recipe;
    const still = { lora: { ...recipe.lora, dropout: 0 }, sft, shuffle: false };
    const fromAdapter = await run('sft', still);
    await engine.discardAdapter('teacher');
    await expect(run('merge')).rejects.toMatchObject({ code: 'no-adapter-yet' });
    const afresh = await run('sft', still);
    // It has learnt two steps already: its first loss is lower than that of the bare teacher.
    expect(fromAdapter.losses[0]).toBeLessThan(afresh.losses[0]! - 0.05);
  });

  it('with a rank and a scale for each module are trained, merged and saved as such', async () => {
    await run('merge');
    const mixed = await mixedAdapter();
    const info = await engine.loadAdapter('teacher', source(mixed));
    expect(info).toMatchObject({ rank: 4, uniform: false, modules: 4, targets: ['q_proj', 'down_proj'] });
    const { losses, result } = await run('sft');
    expect(result).toEqual({ outcome: 'done', steps: 2 });
    expect(losses.every(Number.isFinite)).toBe(true);
    const after = await saved('teacher-adapter');
    const read = async (files: ReadonlyMap<string, Blob>) => JSON.parse(await files.get('adapter_config.json')!.text());
    expect(Object.values((await read(after)).rank_pattern)).toEqual([1, 2, 3]);
    expect((await read(after)).target_modules).toHaveLength(4);
    const { report } = await run('merge');
    expect(report?.modules.map(({ layer, projection }) => `${layer} ${projection}`)).toEqual([
      '0 q_proj',
      '0 down_proj',
      '1 q_proj',
      '1 down_proj',
    ]);
  });

  it('that do not fit replace nothing', async () => {
    const fitting = await mixedAdapter();
    await engine.loadAdapter('teacher', source(fitting));
    const config = await fitting.get('adapter_config.json')!.text();
    const alien = new Map([...fitting, ['adapter_config.json', new Blob([config.replace('"r": 2', '"r": 7')])]]);
    await expect(engine.loadAdapter('teacher', source(alien))).rejects.toMatchObject({ code: 'adapter-mismatch' });
    await expect(engine.loadAdapter('teacher', source(new Map()))).rejects.toMatchObject({
      code: 'adapter-files-missing',
    });
    const nobody = createStudioEngine(dawn());
    await expect(nobody.loadAdapter('teacher', source(fitting))).rejects.toMatchObject({ code: 'no-model' });
    expect((await run('merge')).result.outcome).toBe('done');
  });

  it('of the student are its distilled result until it is trained', async () => {
    await run('merge');
    await run('distill', { distill: { ...recipe.distill, batchSize: 8 } });
    const trained = await saved('student-adapter');
    const whole = await bytes('student-distilled', 'model.safetensors');
    await engine.loadAdapter('student', source(trained));
    expect(await bytes('student-distilled', 'model.safetensors')).toEqual(whole);
    await expect(saved('control-adapter')).rejects.toMatchObject({ code: 'nothing-to-save' });
    const { evaluations } = await run('evaluate');
    expect(evaluations.map(({ subject, step }) => [subject, step])).toContainEqual(['student-distilled', 0]);
    await engine.discardAdapter('student');
    await expect(saved('student-adapter')).rejects.toMatchObject({ code: 'nothing-to-save' });
  });

  it('of the student are no result of another teacher than the one it learnt from', async () => {
    await run('distill', { distill: { ...recipe.distill, teacher: 'loaded' } });
    expect((await saved('student-adapter')).size).toBeGreaterThan(0);
    await engine.loadModel('teacher', demoModel('teacher'));
    await expect(saved('student-adapter')).rejects.toMatchObject({ code: 'nothing-to-save' });
    await run('distill', { distill: { ...recipe.distill, teacher: 'loaded' } });
    expect((await saved('student-adapter')).size).toBeGreaterThan(0);
    await run('sft');
    await expect(saved('student-adapter')).rejects.toMatchObject({ code: 'nothing-to-save' });
  });

  it('are the result of their stage again when they are put back, with their steps, and training does not start from them', async () => {
    const still = { lora: { ...recipe.lora, dropout: 0 }, shuffle: false };
    await engine.discardAdapter('teacher');
    const first = await run('sft', still);
    const trained = await saved('teacher-adapter');
    await run('merge', still);
    const merged = await bytes('teacher-merged', 'model.safetensors');
    await engine.discardAdapter('teacher');
    await engine.restoreResult('teacher-adapter', source(trained), 2);
    await expect(saved('teacher-merged')).rejects.toMatchObject({ code: 'nothing-to-save' });
    // Its answers are known already: only those of the merged model are asked for, after as many steps.
    const { evaluations } = await run('merge', still);
    expect(evaluations.map(({ subject, step }) => [subject, step])).toEqual([['teacher-merged', 2]]);
    expect(await bytes('teacher-merged', 'model.safetensors')).toEqual(merged);
    expect((await run('sft', still)).losses).toEqual(first.losses);
    const file = 'adapter_config.json';
    const broken = new Map([...trained].filter(([name]) => name !== file));
    const before = await saved('teacher-adapter');
    await expect(engine.restoreResult('teacher-adapter', source(broken), 2)).rejects.toMatchObject({
      code: 'adapter-files-missing',
    });
    expect([...(await saved('teacher-adapter')).keys()]).toEqual([...before.keys()]);
  });
});

describe('merging', () => {
  it('says how far every matrix moved and that only rounding lies between base + adapter and merged', async () => {
    await engine.discardAdapter('teacher');
    await run('sft');
    const { report } = await run('merge');
    expect(report!.modules.length % 7).toBe(0);
    expect(report!.modules.some(({ norm }) => norm > 10)).toBe(true);
    for (const { change, moved, largest } of report!.modules) {
      expect(change).toBeGreaterThan(0);
      expect(Math.abs(moved / change - 1)).toBeLessThan(0.6);
      expect(largest).toBeGreaterThan(0);
    }
    expect(report!.rounding).toBeGreaterThan(0.4);
    expect(report!.rounding).toBeLessThan(0.501);
    const { rows, positions, largestGap, largestLogit, sameToken } = report!.logits!;
    expect(rows).toBe(2);
    expect(positions).toBeGreaterThan(10);
    expect(sameToken).toBeLessThanOrEqual(positions);
    expect(largestGap).toBeGreaterThan(0);
    expect(largestGap).toBeLessThan(0.05 * largestLogit);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'is refused for an adapter with %f in it, and nothing is kept',
    async (poison) => {
      await engine.loadAdapter('teacher', source(await poisoned(await saved('teacher-adapter'), poison)));
      await expect(run('merge')).rejects.toMatchObject({
        code: 'merge-not-finite',
        detail: { tensor: expect.stringMatching(/mlp\.down_proj$/), count: expect.any(Number) },
      });
      await expect(saved('teacher-merged')).rejects.toMatchObject({ code: 'nothing-to-save' });
      // Base and adapter are still there.
      expect((await run('baseline')).evaluations).toHaveLength(2);
      await engine.discardAdapter('teacher');
      await run('sft');
      expect((await run('merge')).result.outcome).toBe('done');
    },
  );

  it('is refused on the way out too: no file of weights is left', async () => {
    await run('distill', { distill: { ...recipe.distill, batchSize: 8 } });
    await engine.loadAdapter('student', source(await poisoned(await saved('student-adapter'), Number.NaN)));
    const sink = memorySink();
    await expect(engine.save('student-distilled', sink)).rejects.toMatchObject({ code: 'merge-not-finite' });
    expect([...sink.files.keys()].filter((name) => name.endsWith('.safetensors'))).toEqual([]);
  });
});
