/** The memory plan against what the GPU really held: the demo story through the door, tiny models of the family below it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TokenRow } from '../../src/engine/data/examples';
import { createStudioEngine } from '../../src/engine/engine';
import { Arena } from '../../src/engine/gpu/arena';
import { type Gpu, scratchBytes } from '../../src/engine/gpu/gpu';
import { heldOn } from '../../src/engine/gpu/held';
import { type LoadedModel, unload } from '../../src/engine/model/loaded';
import { parameterCount } from '../../src/engine/model/tensors';
import type { MemoryHeld, MemoryPlan, Stage, StagePlan } from '../../src/engine/studio';
import { Control } from '../../src/engine/train/control';
import { planStage } from '../../src/engine/train/planHints';
import { planInput } from '../../src/engine/train/planInput';
import { defaultRecipe, type Recipe } from '../../src/engine/train/recipe';
import { stages } from '../../src/engine/train/stages';
import { demoModel, demoRows } from '../support/demoPair';
import { dawn, testGpu } from '../support/gpu';
import { modelOf } from '../support/tinyModel';

const recipe: Recipe = {
  ...defaultRecipe,
  lora: { ...defaultRecipe.lora, rank: 4 },
  sft: { ...defaultRecipe.sft, batchSize: 5 },
  distill: { ...defaultRecipe.distill, batchSize: 3, epochs: 2 },
  evaluation: { everySteps: 2, sampleRows: 2, lossRows: 3, maxNewTokens: 4 },
};

/** How far a plan is off, as a share of what was held. */
const off = (planned: number, held: number) => Math.abs(planned / held - 1);

describe('the plan of the demo story', () => {
  it('is what the GPU held, to the byte, for every stage, the first time and again', async () => {
    const engine = createStudioEngine(dawn());
    const { software, matrices } = await engine.open();
    // On a card all products share one room for their sums, whatever the model; see `Gpu.scratch`.
    const shared = (software ? 0 : scratchBytes.sums) + (matrices === 'on' ? scratchBytes.halves : 0);
    await engine.loadModel('teacher', demoModel('teacher'));
    await engine.loadModel('student', demoModel('student'));
    await engine.loadData('train', 'train.jsonl', demoRows('train', 9));
    await engine.loadData('test', 'test.jsonl', demoRows('test', 4));
    const first: MemoryPlan = await engine.plan(recipe);
    const story: readonly Stage[] = ['baseline', 'sft', 'merge', 'distill', 'evaluate', 'control', 'sft'];
    for (const [index, stage] of story.entries()) {
      let plan: StagePlan | undefined;
      let held: MemoryHeld | undefined;
      await engine.run(stage, recipe, (event) => {
        if (event.type === 'plan') plan = event.plan;
        if (event.type === 'held') held = event.held;
      });
      expect(held?.tensors, `${stage} ${index}`).toBe(plan?.bytes);
      // Uniforms and staging are in no plan, and are small beside what is.
      expect(held?.others, stage).toBeGreaterThan(0);
      expect(held?.others, stage).toBeLessThan(shared + 0.03 * (plan?.bytes ?? 0));
      // Before anything ran, later stages were planned as the earlier ones would leave things.
      if (index < 5) expect(first[stage]?.bytes, stage).toBe(plan?.bytes);
    }
    // A teacher that teaches as it was loaded: planned alike before and after, whatever else is kept.
    const loaded: Recipe = { ...recipe, distill: { ...recipe.distill, teacher: 'loaded' } };
    const fresh = createStudioEngine(dawn());
    await fresh.open();
    for (const role of ['teacher', 'student'] as const) await fresh.loadModel(role, demoModel(role));
    for (const split of ['train', 'test'] as const) await fresh.loadData(split, split, demoRows(split, 9));
    for (const stage of ['distill', 'evaluate'] as const) {
      const seen: number[] = [];
      await fresh.run(stage, loaded, (event) => {
        if (event.type === 'plan') seen.push(event.plan.bytes);
        if (event.type === 'held') seen.push(event.held.tensors);
      });
      expect(seen[0], stage).toBe(seen[1]);
    }
    // The same comparison tells one row more in a batch.
    const larger = await engine.plan({ ...recipe, distill: { ...recipe.distill, batchSize: 4 } });
    expect(off(larger.distill?.bytes ?? 0, first.distill?.bytes ?? 1)).toBeGreaterThan(0.03);
    // While a stage runs there is no plan; it goes on after it.
    const running = engine.run('baseline', recipe, () => engine.stop());
    await expect(engine.plan(recipe)).rejects.toMatchObject({ code: 'busy' });
    await running;
  });
});

const family = join(import.meta.dirname, '../fixtures/family');

async function tiny(gpu: Gpu, name: string, limit?: number): Promise<LoadedModel> {
  const arena = new Arena(gpu.device, name);
  const base = await modelOf(gpu, arena, join(family, name), limit);
  const { architecture, layers, hidden, heads, kvHeads, vocabulary, context } = base.config;
  const sizes = { architecture, layers, hidden, heads, kvHeads, vocabulary, context };
  const info = { name, ...sizes, parameters: parameterCount(base.config), bytes: arena.bytes };
  const tokenizer = {
    prompt: () => [],
    encode: () => [],
    decode: (ids: readonly number[] | Uint32Array) => ids.join(' '),
    show: (ids: readonly number[]) => ids.join(' '),
    endToken: 2,
    vocabularySize: 10,
    padToken: 2,
    token: (id: number) => String(id),
  };
  return { base, tokenizer, info, arena, files: new Map(), adapters: new Map(), initial: undefined, merged: undefined };
}

function rowsOf(name: string): TokenRow[] {
  const { rows } = JSON.parse(readFileSync(join(family, name, 'goldens.json'), 'utf8'));
  return rows.map(({ prompt, answer }: Record<'prompt' | 'answer', number[]>, i: number) => ({
    prompt: Uint32Array.from(prompt),
    answer: Uint32Array.from(answer),
    example: { line: i + 1, messages: [], question: '', answer: '' },
  }));
}

describe('the plan of tiny models', () => {
  it.each([
    ['qwen3 and qwen2', 'qwen3', 'qwen2', undefined],
    ['llama3 in bands and smollm', 'llama3', 'smollm', 64 * 2 * 24],
  ])('%s: is what the GPU held in every stage, and nothing is left afterwards', async (_, big, small, limit) => {
    const gpu = await testGpu();
    const { tensors } = heldOn(gpu.device);
    const before = tensors.bytes;
    const [teacher, student] = [await tiny(gpu, big, limit), await tiny(gpu, small)];
    if (limit !== undefined) expect(teacher.base.weights.embedding.length).toBeGreaterThan(1);
    const rows = rowsOf(big);
    const context = {
      ...{ gpu, recipe, teacher, student, control: new Control(() => undefined), emit: () => undefined },
      scratch: async () => undefined,
      rows: async (_model: LoadedModel, split: string) => (split === 'train' ? rows : rows.slice(0, 3)),
    };
    for (const stage of ['baseline', 'sft', 'merge', 'distill', 'control', 'evaluate'] as const) {
      const input = await planInput(context, stage);
      if (!input) throw new Error('stopped');
      const plan = planStage(limit === undefined ? input : { ...input, limit }, stage);
      tensors.restart();
      await stages[stage](context);
      expect(plan?.bytes, stage).toBe(tensors.peak - before);
      const other = planStage({ ...input, recipe: { ...recipe, lora: { ...recipe.lora, rank: 8 } } }, stage);
      const learns = stage === 'sft' || stage === 'distill' || stage === 'control';
      if (learns) expect(off(other?.bytes ?? 0, tensors.peak - before), stage).toBeGreaterThan(0.03);
    }
    unload(teacher);
    unload(student);
    expect(tensors.bytes).toBe(before);
  });
});
