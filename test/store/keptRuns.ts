// Runs on an engine without a GPU over storage in memory, and the page loaded again over the same.
import { vi } from 'vitest';
import type { RunRecord } from '../../src/engine/runs/record';
import type { Stage, StageEvent } from '../../src/store/types';
import { evaluationOf, stepOf } from '../support/fakeEngine';
import type { MemoryStorage } from '../support/memoryStorage';
import { type Bench, bench, demo, started, turn } from './bench';

export const begin = (memory: MemoryStorage) => started(async () => memory.storage);

/** The page loaded again over the same storage. */
export async function reloaded(memory: MemoryStorage, prepare: (made: Bench) => void = () => {}): Promise<Bench> {
  const made = bench(async () => memory.storage);
  vi.stubGlobal(
    'fetch',
    async (address: URL | string) => new Response(String(address).endsWith('demo.json') ? JSON.stringify(demo) : '{}'),
  );
  prepare(made);
  await made.studio.start();
  return made;
}

export const scripts: Readonly<Record<Stage, readonly StageEvent[]>> = {
  baseline: [
    { type: 'evaluation', evaluation: evaluationOf('teacher-base', 0, 0, 2) },
    { type: 'evaluation', evaluation: evaluationOf('student-base', 0, 0, 2) },
  ],
  sft: [
    { type: 'step', metrics: stepOf(1, 0.5) },
    { type: 'step', metrics: stepOf(2, 0.25) },
    { type: 'evaluation', evaluation: evaluationOf('teacher-sft', 2, 1, 2) },
  ],
  merge: [{ type: 'evaluation', evaluation: evaluationOf('teacher-merged', 2, 1, 2) }],
  distill: [
    { type: 'step', metrics: stepOf(1, 0.75) },
    { type: 'evaluation', evaluation: evaluationOf('student-distilled', 1, 2, 2) },
  ],
  evaluate: [],
  control: [{ type: 'step', metrics: stepOf(1, 0.5) }],
};
const steps: Partial<Record<Stage, number>> = { sft: 2, distill: 1, control: 1 };

export async function run({ studio, engine }: Bench, ...stages: readonly Stage[]): Promise<void> {
  for (const stage of stages) {
    engine().script = scripts[stage];
    const running = studio.run(stage);
    await turn();
    engine().finish({ outcome: 'done', steps: steps[stage] ?? 0 });
    await running;
    await turn();
  }
}

/** A page whose SFT has taken two steps and goes on: what is loaded again over its storage finds it cut off. */
export async function cutOff(memory: MemoryStorage): Promise<Bench> {
  const made = await begin(memory);
  made.engine().script = scripts.sft;
  made.studio.run('sft');
  await turn();
  await turn();
  return made;
}

export const kept = ({ tables }: MemoryStorage): readonly RunRecord[] =>
  ([...(tables.get('runs')?.values() ?? [])] as RunRecord[]).sort((a, b) => a.started - b.started);

/** Stages of a run that have something, and whether it was made there or taken along. */
export const stagesOf = ({ stages }: RunRecord) =>
  Object.entries(stages).flatMap(([stage, { state: now, from }]) =>
    now === 'idle' ? [] : [`${stage}${from ? ' <' : ''}`],
  );
