/** A training that was interrupted ends with the bits of one that was not: on the demo pair, through the engine's own door. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createStudioEngine, type Studio } from '../../src/engine/engine';
import { memorySink } from '../../src/engine/formats/sink';
import type { Artifact, StageEvent } from '../../src/engine/studio';
import { defaultRecipe, type Recipe } from '../../src/engine/train/recipe';
import { demoModel, demoRows } from '../support/demoPair';
import { dawn } from '../support/gpu';
import { memoryDirectory } from '../support/memoryFiles';

/** Three steps an epoch, each of two micro-steps but the last of an epoch, dropout as always. */
const training = { batchSize: 4, accumulation: 2, epochs: 3, warmupSteps: 2 };
const recipe: Recipe = {
  ...defaultRecipe,
  sft: { ...defaultRecipe.sft, ...training },
  distill: { ...defaultRecipe.distill, ...training },
  evaluation: { everySteps: 2, sampleRows: 2, lossRows: 3, maxNewTokens: 4 },
  checkpoints: { everySteps: 2, everyMinutes: 0 },
};
const STEPS = 9;

async function open(): Promise<Studio> {
  const storage = memoryDirectory();
  const engine = createStudioEngine(dawn(), async () => storage);
  await engine.open();
  await engine.loadModel('teacher', demoModel('teacher'));
  await engine.loadModel('student', demoModel('student'));
  await engine.loadData('train', 'train.jsonl', demoRows('train', 22));
  await engine.loadData('test', 'test.jsonl', demoRows('test', 3));
  return engine;
}

async function adapterOf(engine: Studio, artifact: Artifact): Promise<Uint8Array> {
  const sink = memorySink();
  await engine.save(artifact, sink);
  return sink.files.get('adapter_model.safetensors')!.bytes();
}

/** What was told of the training itself; times and memory are of the moment. */
function told(events: readonly StageEvent[]): readonly object[] {
  return events.flatMap((event): object[] => {
    if (event.type === 'step') return [{ ...event.metrics, milliseconds: 0, memoryHeld: 0 }];
    return event.type === 'evaluation' || event.type === 'work' ? [event] : [];
  });
}

describe.each([
  ['sft', 'teacher-adapter'],
  ['distill', 'student-adapter'],
  ['control', 'control-adapter'],
] as const)('%s', (stage, artifact) => {
  const kept = new Map<number, Blob>();
  const events: StageEvent[] = [];
  let whole: Uint8Array;

  async function prepared(): Promise<Studio> {
    const engine = await open();
    if (stage !== 'distill') return engine;
    const short = { ...recipe, sft: { ...recipe.sft, epochs: 1 } };
    await engine.run('sft', short, () => {});
    await engine.run('merge', short, () => {});
    return engine;
  }

  beforeAll(async () => {
    const engine = await prepared();
    const reads: Promise<unknown>[] = [];
    await engine.run(
      stage,
      recipe,
      (event) => {
        events.push(event);
        if (event.type !== 'checkpoint') return;
        const read = engine
          .checkpointFile('run')
          .then(async (file) => kept.set(event.step, new Blob([await file.bytes()])));
        reads.push(read);
      },
      { key: 'run' },
    );
    await Promise.allSettled(reads);
    whole = await adapterOf(engine, artifact);
    expect(await engine.checkpoints(), 'of what is done nothing is kept').toEqual([]);
  });

  it('is kept on the way, and before the last evaluation', () => {
    const steps = events.flatMap((event) => (event.type === 'checkpoint' ? [event.step] : []));
    expect(steps.slice(0, 1)).toEqual([2]);
    expect(steps.slice(-1)).toEqual([STEPS]);
    expect(steps.length).toBeGreaterThanOrEqual(4);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
    expect(told(events).filter((event) => 'step' in event)).toHaveLength(STEPS);
  });

  it('goes on from them to the same bits, and tells the same', async () => {
    // In the first epoch, where the teacher's states are half there; in a later one; and when only an evaluation is left.
    const files = [...kept];
    for (const [step, file] of [files[0]!, files[Math.floor(files.length / 2)]!, files.at(-1)!]) {
      const engine = await prepared();
      const again: StageEvent[] = [];
      // Whatever else is asked for: the recipe is that of the checkpoint.
      const other = { ...recipe, seed: 7, sft: { ...recipe.sft, learningRate: 1 } };
      const result = await engine.run(stage, other, (event) => again.push(event), { key: 'run', resume: file });
      expect(result).toEqual({ outcome: 'done', steps: STEPS });
      expect(await adapterOf(engine, artifact), `from step ${step}`).toEqual(whole);
      expect(told(again), `from step ${step}`).toEqual(told(events));
    }
  });

  it('negative control: other bits follow from a step that is made twice', async () => {
    const engine = await prepared();
    await engine.run(
      stage,
      { ...recipe, sft: { ...recipe.sft, epochs: 4 }, distill: { ...recipe.distill, epochs: 4 } },
      () => {},
    );
    expect(await adapterOf(engine, artifact)).not.toEqual(whole);
  });
});
