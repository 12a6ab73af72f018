/** Trainings that are interrupted: the demo pair, few rows and steps, and an engine of their own for each. */
import { createStudioEngine, type Studio } from '../../src/engine/engine';
import { memorySink } from '../../src/engine/formats/sink';
import type { Artifact, Keeping, StageEvent } from '../../src/engine/studio';
import { defaultRecipe, type Recipe } from '../../src/engine/train/recipe';
import { dawnCompiledOnce } from '../support/compiledOnce';
import { demoModel, demoRows } from '../support/demoPair';
import { memoryDirectory } from '../support/memoryFiles';

/** Three steps an epoch, each of two micro-steps but the last of an epoch, dropout as always. */
const training = { batchSize: 4, accumulation: 2, epochs: 3, warmupSteps: 2 };
export const recipe: Recipe = {
  ...defaultRecipe,
  sft: { ...defaultRecipe.sft, ...training },
  distill: { ...defaultRecipe.distill, ...training },
  evaluation: { everySteps: 2, sampleRows: 2, lossRows: 3, maxNewTokens: 4 },
  checkpoints: { everySteps: 2, everyMinutes: 0 },
};
export const STEPS = 9;

export async function open(): Promise<Studio> {
  const storage = memoryDirectory();
  const engine = createStudioEngine(dawnCompiledOnce(), async () => storage);
  await engine.open();
  await engine.loadModel('teacher', demoModel('teacher'));
  await engine.loadModel('student', demoModel('student'));
  await engine.loadData('train', 'train.jsonl', demoRows('train', 22));
  await engine.loadData('test', 'test.jsonl', demoRows('test', 3));
  return engine;
}

export async function adapterOf(engine: Studio, artifact: Artifact): Promise<Uint8Array> {
  const sink = memorySink();
  await engine.save(artifact, sink);
  return sink.files.get('adapter_model.safetensors')!.bytes();
}

/** What was told of the training itself; times and memory are of the moment. */
export function told(events: readonly StageEvent[]): readonly object[] {
  return events.flatMap((event): object[] => {
    if (event.type === 'step') return [{ ...event.metrics, milliseconds: 0, memoryHeld: 0 }];
    return event.type === 'evaluation' || event.type === 'work' ? [event] : [];
  });
}

/** Runs a stage, and says what it told and which checkpoints it left on the way, by step. */
export async function run(engine: Studio, stage: 'sft' | 'distill' | 'control', keeping: Partial<Keeping> = {}) {
  const events: StageEvent[] = [];
  const kept = new Map<number, Blob>();
  const reads: Promise<unknown>[] = [];
  const listen = (event: StageEvent): void => {
    events.push(event);
    if (event.type !== 'checkpoint') return;
    const copied = engine.checkpointFile('run').then(async (file) => {
      kept.set(event.step, new Blob([await file.bytes()]));
    });
    reads.push(copied);
  };
  const result = await engine.run(stage, recipe, listen, { key: 'run', ...keeping });
  await Promise.allSettled(reads);
  return { result, events, kept };
}
