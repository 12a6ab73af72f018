/**
 * What checkpoints cost: SFT of the demo teacher with one every 20 steps, on disk, against none, in turn on one device. Seconds, and
 * the processor's, which other work on the machine disturbs less (on a CPU adapter they are all there is). Asked: less than 3 %.
 * After the last step some test rows are asked, about as many a step as in the demo, and the last checkpoint is written beside that.
 * `npm run measure -- checkpointing`; ROUNDS= pairs (7), STEPS= (60), EVERY= (20), ROWS= (80).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createStudioEngine, type Studio } from '../../src/engine/engine';
import type { Recipe } from '../../src/engine/train/recipe';
import { diskCheckpoints } from '../../src/headless/checkpoints';
import { demoModel, demoRecipe, demoRows } from '../support/demoPair';
import { dawn } from '../support/gpu';
import { log } from './log';

const { ROUNDS = 7, STEPS = 60, EVERY = 20, ROWS = 80 } = process.env;
const [rounds, steps, every, rows] = [ROUNDS, STEPS, EVERY, ROWS].map(Number);

interface Taken {
  readonly seconds: number;
  readonly processor: number;
  readonly kept: readonly Kept[];
}

interface Kept {
  readonly step: number;
  readonly bytes: number;
  /** From when its copies were begun until it was whole. */
  readonly milliseconds: number;
  /** The last step that had been told by the time it was whole. */
  readonly told: number;
}

/** Steps that may be submitted and not told: two in flight, and the one whose end asks what is due. */
const AHEAD = 3;

/** What is due while the one before is being written, as on a fast card, is taken as soon as that is whole; nothing else is. */
function expectTaken(kept: readonly Kept[]): void {
  expect(kept[0]?.step).toBe(Math.min(every!, steps!));
  for (const [index, { step, told }] of kept.slice(0, -1).entries()) {
    const [next, due] = [kept[index + 1]!.step, Math.min(steps!, (Math.floor(step / every!) + 1) * every!)];
    expect(next).toBeGreaterThanOrEqual(due);
    expect(next).toBeLessThanOrEqual(Math.min(steps!, Math.max(due, told + AHEAD)));
  }
  expect(kept.at(-1)?.step).toBe(steps);
}

async function take(engine: Studio, recipe: Recipe, keeps: boolean): Promise<Taken> {
  const [since, before] = [performance.now(), process.cpuUsage()];
  const kept: Kept[] = [];
  let told = 0;
  const result = await engine.run(
    'sft',
    recipe,
    (event) => {
      if (event.type === 'step') told = event.metrics.step;
      if (event.type === 'checkpoint') kept.push({ ...event, told });
    },
    keeps ? { key: 'sft' } : undefined,
  );
  expect(result).toEqual({ outcome: 'done', steps });
  if (keeps) expectTaken(kept);
  else expect(kept).toEqual([]);
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - since) / 1000, processor: (user + system) / 1e6, kept };
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

it('checkpoints against none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'checkpointing-'));
  const shelf = diskCheckpoints(folder);
  const engine = createStudioEngine(dawn(), undefined, undefined, undefined, shelf);
  const { description } = await engine.open();
  await engine.loadModel('teacher', demoModel('teacher'));
  const demo = demoRecipe(42);
  await engine.loadData('train', 'train.jsonl', demoRows('train', steps! * demo.sft.batchSize * demo.sft.accumulation));
  await engine.loadData('test', 'test.jsonl', demoRows('test', rows));
  const recipe = {
    ...demo,
    sft: { ...demo.sft, epochs: 1 },
    evaluation: { ...demo.evaluation, everySteps: 0 },
    checkpoints: { everySteps: every!, everyMinutes: 0 },
  };
  await take(engine, recipe, true);
  const pairs: (readonly [none: Taken, kept: Taken])[] = [];
  for (let round = 0; round < rounds!; round++) {
    // The one that comes first in a pair takes turns.
    const first = await take(engine, recipe, round % 2 === 1);
    const second = await take(engine, recipe, round % 2 === 0);
    pairs.push(round % 2 === 1 ? [second, first] : [first, second]);
    console.log(
      pairs
        .at(-1)!
        .map(({ seconds, processor }) => `${seconds.toFixed(2)} s, ${processor.toFixed(2)} s of the processor`),
    );
  }
  rmSync(folder, { recursive: true, force: true });
  const row = (name: string, of: (taken: Taken) => number) => {
    const [none, kept] = [0, 1].map((side) => median(pairs.map((pair) => of(pair[side]!))));
    const each = pairs.map(([without, with_]) => of(with_) / of(without) - 1);
    const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
    return `| ${name} | ${none!.toFixed(2)} | ${kept!.toFixed(2)} | ${percent(kept! / none! - 1)} | ${percent(median(each))} (${percent(Math.min(...each))} to ${percent(Math.max(...each))}) |`;
  };
  const written = pairs.flatMap(([, { kept }]) => kept);
  const table = [
    `| ${steps} steps and ${rows} rows, ${rounds} pairs in turn | none | every ${every} steps | of the medians | median of the pairs (range) |`,
    '| --- | ---: | ---: | ---: | ---: |',
    row('seconds', ({ seconds }) => seconds),
    row('seconds of the processor', ({ processor }) => processor),
    '',
    `${median(pairs.map(([, { kept }]) => kept.length))} checkpoints of ${Math.ceil(steps! / every!)} due; where the one before is still being written, the next is taken after it.`,
    `A checkpoint: ${(median(written.map(({ bytes }) => bytes)) / 1e6).toFixed(2)} MB, whole ${median(written.map(({ milliseconds }) => milliseconds)).toFixed(0)} ms after it was begun (median), while the steps go on.`,
  ].join('\n');
  console.log(table);
  log('checkpoints while training', description, 'npm run measure -- checkpointing', table);
});
