/** Whole lives of two models in one engine: opened, trained, merged, taught, asked, saved and closed again. */
import { createStudioEngine, type Studio } from '../../src/engine/engine';
import { memorySink } from '../../src/engine/formats/sink';
import { heldOn } from '../../src/engine/gpu/held';
import { defaultRecipe, type Recipe } from '../../src/engine/train/recipe';
import { type Counted, countedGpu } from '../support/countedGpu';
import { demoModel, demoRows } from '../support/demoPair';
import { memoryDirectory } from '../support/memoryFiles';
import { heapUsed } from './heap';

const training = { batchSize: 2, accumulation: 2, epochs: 2, warmupSteps: 1 };

/** One step an epoch, two micro-steps each; the teacher's states are kept for the second epoch, and every step has a checkpoint. */
const recipe: Recipe = {
  ...defaultRecipe,
  sft: { ...defaultRecipe.sft, ...training },
  distill: { ...defaultRecipe.distill, ...training },
  evaluation: { everySteps: 1, sampleRows: 1, lossRows: 1, maxNewTokens: 2 },
  checkpoints: { everySteps: 1, everyMinutes: 0 },
};

export interface House {
  readonly engine: Studio;
  readonly counted: Counted;
}

export async function openHouse(): Promise<House> {
  const counted = countedGpu();
  const storage = memoryDirectory();
  const engine = createStudioEngine(counted.gpu, async () => storage);
  await engine.open();
  return { engine, counted };
}

const roles = ['teacher', 'student'] as const;

export async function live({ engine }: House): Promise<void> {
  for (const role of roles) await engine.loadModel(role, demoModel(role));
  await engine.loadData('train', 'train.jsonl', demoRows('train', 4));
  await engine.loadData('test', 'test.jsonl', demoRows('test', 2));
  await engine.plan(recipe);
  for (const stage of ['baseline', 'sft', 'merge', 'distill', 'evaluate', 'control'] as const)
    await engine.run(stage, recipe, () => {}, { key: stage });
  const messages = [{ role: 'user', content: '1+1' }] as const;
  await engine.chat({ asks: [{ subject: 'teacher-merged', messages }], recipe }, () => {});
  await engine.save('student-distilled', memorySink());
  for (const role of roles) await engine.closeModel(role);
}

export interface Found {
  /** Of every buffer that was made and not destroyed, and as the engine sums it up. */
  readonly gpu: number;
  readonly summed: number;
  readonly heap: number;
}

/** What is held when nothing is loaded, after what nobody refers to was collected. */
export async function found({ counted }: House): Promise<Found> {
  await counted.device().queue.onSubmittedWorkDone();
  const { tensors, others } = heldOn(counted.device());
  return {
    gpu: counted.alive().bytes,
    summed: tensors.bytes + others.bytes,
    heap: await heapUsed(),
  };
}
