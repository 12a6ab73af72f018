// What ends a page, or its engine, between the end of a stage and what is written of it; and what is offered first after that.
import { afterEach, expect, test, vi } from 'vitest';
import { StudioError } from '../../src/engine/studioError';
import { leftOut } from '../../src/store';
import { isAboutRoom } from '../../src/store/room';
import type { KeptCheckpoint } from '../../src/store/types';
import { memoryStorage } from '../support/memoryStorage';
import { codes, state, turn } from './bench';
import { begin, cutOff, kept, reloaded, run, scripts } from './keptRuns';

afterEach(() => {
  vi.unstubAllGlobals();
});

const gone = { code: 'worker-crash', message: 'gone', detail: { reason: 'gone' } };

test('a checkpoint goes once the run says where its adapter is, and stays where that could not be written', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  const known: unknown[] = [];
  made.engine().deleteCheckpoints = async () => {
    const { adapters, stages } = kept(memory)[0]!;
    known.push([stages.sft?.state, stages.sft?.checkpoint, Object.keys(adapters)]);
  };
  await run(made, 'sft');
  await turn();
  expect(known).toEqual([['done', undefined, ['teacher-adapter']]]);
  memory.failure = new DOMException('no room', 'QuotaExceededError');
  await run(made, 'sft');
  await turn();
  expect(known).toHaveLength(1);
  expect(codes(made.studio)).toContain('run-not-kept');
});

test('where there is no room for the adapter, the checkpoint stays until there is', async () => {
  const memory = memoryStorage();
  const made = await begin(memory);
  const { engine, studio } = made;
  const { saveInto } = engine();
  engine().saveInto = () => Promise.reject(new StudioError('save-full', 'The disk is full.'));
  await run(made, 'sft');
  await turn();
  const now = () => kept(memory)[0]!;
  expect([now().stages.sft?.state, Object.keys(now().adapters)]).toEqual(['done', []]);
  expect(now().stages.sft?.checkpoint).toBeDefined();
  expect(engine().calls.filter((call) => call.startsWith('deleteCheckpoints'))).toEqual([]);
  expect(studio.session.getState().notices.map(({ failure }) => isAboutRoom(failure.code))).toEqual([true]);
  engine().saveInto = saveInto;
  await run(made, 'merge');
  await turn();
  expect([now().stages.sft?.checkpoint, Object.keys(now().adapters)]).toEqual([undefined, ['teacher-adapter']]);
});

test('the step whose loss exploded is the one that can be left out, after a reload too', async () => {
  const memory = memoryStorage();
  const { studio, engine } = await begin(memory);
  const failure = { code: 'loss-exploded', message: 'The loss of step 7 is 9.', detail: { step: 7 } };
  engine().script = [...scripts.sft, { type: 'trouble', step: 7, failure }];
  const running = studio.run('sft');
  await turn();
  engine().finish({ outcome: 'stopped', steps: 8 });
  await running;
  await turn();
  const found = (step: number) => ({ stage: 'sft', step }) as KeptCheckpoint;
  for (const now of [state(studio), state((await reloaded(memory)).studio)]) {
    expect(now.stages.sft.exploded).toBe(7);
    expect(leftOut(now, found(4))).toBe(7);
    expect(leftOut(now, found(7)), 'it is behind it').toBe(8);
  }
  expect(codes(studio)).toEqual(['loss-exploded']);
  engine().script = scripts.sft;
  studio.run('sft');
  await turn();
  expect(state(studio).stages.sft.exploded).toBeUndefined();
  expect(codes(studio), 'it is no news of this training').toEqual([]);
  engine().finish({ outcome: 'done', steps: 2 });
});

test('a card whose loss is told after what it broke leaves the stage interrupted; what failed otherwise has failed', async () => {
  for (const late of [true, false]) {
    const made = await begin(memoryStorage());
    const { studio, engine, lose } = made;
    const { run: runStage } = engine();
    engine().run = async (...given) => {
      runStage(...given);
      await turn();
      if (late) setTimeout(() => lose({ code: 'device-lost', message: 'lost', detail: { reason: 'reset' } }), 5);
      throw new Error('a mapping was aborted');
    };
    engine().script = scripts.sft;
    await studio.run('sft');
    const { sft } = state(studio).stages;
    expect([sft.state, sft.checkpoint !== undefined]).toEqual([late ? 'interrupted' : 'failed', true]);
    expect(codes(studio)).toEqual([late ? 'device-lost' : 'internal']);
    if (late) expect(state(studio).recovery?.stage).toBe('sft');
  }
});

test('an engine that ends while the adapter is being kept leaves the stage interrupted, with its checkpoint', async () => {
  const memory = memoryStorage();
  const { studio, engine, lose } = await begin(memory);
  engine().script = scripts.sft;
  engine().saveInto = async () => {
    lose(gone);
    await turn();
    throw new StudioError(gone.code, gone.message, gone.detail);
  };
  const running = studio.run('sft');
  await turn();
  const { checkpoint } = state(studio).stages.sft;
  engine().finish({ outcome: 'done', steps: 2 });
  await running;
  expect(checkpoint).toBeDefined();
  expect(state(studio).stages.sft).toMatchObject({ state: 'interrupted', steps: 2, checkpoint });
  expect(engine().calls.filter((call) => call.startsWith('deleteCheckpoints'))).toEqual([]);
});

test('what can go on is known before a stage could be started anew', async () => {
  const memory = memoryStorage();
  const before = await cutOff(memory);
  const { checkpoint: key = '' } = state(before.studio).stages.sft;
  const { recipe } = state(before.studio);
  const left: KeptCheckpoint = { key, stage: 'sft', step: 2, totalSteps: 9, written: 0, recipe, bytes: 1 };
  const known: string[][] = [];
  await reloaded(memory, ({ studio, engines }) => {
    const push = engines.push.bind(engines);
    engines.push = (engine) => push(Object.assign(engine, { kept: [left] }));
    studio.session.subscribe(({ models, checkpoints }) => {
      if (models.teacher.loading) known.push(checkpoints.map((one) => one.key));
    });
  });
  expect(known[0]).toEqual([key]);
});
