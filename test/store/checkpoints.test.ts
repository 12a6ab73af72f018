// Which stage goes on from a checkpoint, and which checkpoints nobody needs any more.
import { expect, test } from 'vitest';
import { createCheckpoints, goesOn, resumable } from '../../src/store/checkpoints';
import { createSession } from '../../src/store/session';
import type { KeptCheckpoint, Recipe, StageEvent } from '../../src/store/types';
import type { EngineClient } from '../../src/worker/client';
import { createFakeEngine, stepOf } from '../support/fakeEngine';
import { codes, started, state, turn } from './bench';

function bench(named: () => Promise<ReadonlySet<string> | undefined>) {
  const store = createSession();
  const engine = createFakeEngine();
  const { recipe } = store.getState();
  const kept = (key: string): KeptCheckpoint => {
    return { key, stage: 'sft', step: 3, totalSteps: 9, written: 0, recipe, bytes: 1 };
  };
  const checkpoints = createCheckpoints(store, () => engine as unknown as EngineClient, named);
  const deleted = () => engine.calls.filter((call) => call.startsWith('deleteCheckpoints'));
  return { store, engine, recipe, kept, checkpoints, deleted };
}

const interrupted = { state: 'interrupted', steps: 4, milliseconds: 0, checkpoint: 'a' } as const;

test('an interrupted stage goes on with the settings that it had, and is another one with others', () => {
  const { store, kept, recipe } = bench(async () => new Set());
  const state = () => store.getState();
  state().setCheckpoints([kept('a')]);
  expect(resumable(state(), 'sft')).toBeUndefined();
  state().setStage('sft', interrupted);
  expect(goesOn(state(), 'sft')).toEqual({ key: 'a', from: 'newest', recipe });
  // It is of SFT, and distillation's settings and how often it is kept are no matter of that.
  expect(resumable({ ...state(), stages: { ...state().stages, distill: interrupted } }, 'distill')).toBeUndefined();
  const changed = (change: Partial<Recipe>) => goesOn({ ...state(), recipe: { ...recipe, ...change } }, 'sft');
  expect(changed({ distill: { ...recipe.distill, epochs: 7 } })).toBeDefined();
  expect(changed({ checkpoints: { everySteps: 5, everyMinutes: 0 } })).toBeDefined();
  expect(changed({ sft: { ...recipe.sft, epochs: 7 } })).toBeUndefined();
  expect(changed({ lora: { ...recipe.lora, targets: ['q_proj'] } })).toBeUndefined();
  expect(changed({ seed: 1 })).toBeUndefined();
  // A person may go on all the same.
  expect(resumable(state(), 'sft')?.key).toBe('a');
  state().setStage('sft', { state: 'done' });
  expect(resumable(state(), 'sft')).toBeUndefined();
});

test('what no run and no stage names goes, damaged ones too', async () => {
  const { store, engine, kept, checkpoints, deleted } = bench(async () => new Set(['b', 'broken-b']));
  engine.kept = ['a', 'b', 'c'].map(kept);
  engine.unreadable = ['broken', 'broken-b'];
  store.getState().setStage('sft', interrupted);
  await checkpoints.listCheckpoints();
  expect(deleted()).toEqual(['deleteCheckpoints c broken']);
  expect(store.getState().checkpoints.map(({ key }) => key)).toEqual(['a', 'b']);
});

test('nothing goes while a stage runs, or where nobody knows what others name', async () => {
  for (const unknown of [true, false]) {
    const { store, engine, kept, checkpoints, deleted } = bench(async () => (unknown ? undefined : new Set()));
    engine.kept = [kept('a')];
    if (!unknown) store.getState().begin('sft', 'b');
    await checkpoints.listCheckpoints();
    expect([deleted(), store.getState().checkpoints.length]).toEqual([[], 1]);
  }
});

test('that one could not be written is said until one is', async () => {
  const { studio, engine } = await started();
  const failure = { code: 'checkpoint-full', message: 'no room', detail: { step: 1, reason: '' } };
  const failed: readonly StageEvent[] = [
    { type: 'step', metrics: stepOf(1, 0.5) },
    { type: 'checkpoint-failed', step: 1, failure },
  ];
  const written: StageEvent = { type: 'checkpoint', step: 2, bytes: 1, kept: 1, milliseconds: 1 };
  for (const [script, said] of [
    [failed, ['checkpoint-full']],
    [[...failed, written], []],
  ] as const) {
    engine().script = script;
    const running = studio.run('sft');
    await turn();
    expect(codes(studio)).toEqual(said);
    engine().finish({ outcome: 'done', steps: 2 });
    await running;
  }
});

test('what had not come to a checkpoint begins anew, behind what it needs', async () => {
  const { studio, engine } = await started();
  const ran = () => engine().calls.filter((call) => call.startsWith('run '));
  state(studio).setStage('sft', { state: 'done', steps: 4 });
  state(studio).setStage('merge', { state: 'past', steps: 1 });
  state(studio).setStage('distill', interrupted);
  const gone = studio.goOn('distill');
  await turn();
  expect(ran()).toEqual(['run merge']);
  engine().finish({ outcome: 'done', steps: 1 });
  await turn();
  expect(ran()).toEqual(['run merge', 'run distill']);
  engine().finish({ outcome: 'done', steps: 4 });
  await gone;
});
