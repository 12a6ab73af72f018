/** Checkpoints that do not belong to what they are to go on in, and the moments at which they are written. */
import { describe, expect, it } from 'vitest';
import { EventLines, type KeptEvent } from '../../src/engine/checkpoint/events';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../src/engine/checkpoint/file';
import { fingerprintRows } from '../../src/engine/checkpoint/rows';
import { Slots } from '../../src/engine/checkpoint/slots';
import { Checkpoints, type Lasting } from '../../src/engine/checkpoint/writing';
import { openKeeping } from '../../src/engine/checkpointsEngine';
import type { Keeping, StageEvent } from '../../src/engine/studio';
import { owesEvaluation } from '../../src/engine/train/goOn';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { needSame, roundsOtherwise } from '../../src/engine/train/resume';
import { bytesIn, lasting, piecesAt, put, shelfIn, stateAt, valuesAt } from '../support/checkpoints';
import { memoryDirectory } from '../support/memoryFiles';

const none = '0'.repeat(64);
const digests = { adapter: none, first: none, second: none, events: none };

function checkpoint(step: number, events: Checkpoint['events'] = []): Checkpoint {
  return { state: { ...stateAt(step), digests }, values: valuesAt(step), events };
}

describe('a checkpoint', () => {
  const other = '0000000000000000';
  it.each<[string, Partial<Lasting>]>([
    ['checkpoint-stage', { stage: 'control' }],
    ['checkpoint-model', { models: { trained: other } }],
    ['checkpoint-teacher', { models: { ...lasting.models, teacher: other } }],
    ['checkpoint-teacher', { models: { ...lasting.models, merged: other } }],
    ['checkpoint-rows', { rows: { count: 20, fingerprint: other } }],
    ['checkpoint-rows', { rows: { count: 19, fingerprint: other } }],
  ])('of another training is refused with %s', (code, change) => {
    expect(() => needSame(checkpoint(2), { ...lasting, ...change })).toThrow(expect.objectContaining({ code }));
    expect(() => needSame(checkpoint(2), lasting)).not.toThrow();
  });

  it('of another card, other kernels or another version goes on, and it is told that it rounds otherwise', () => {
    expect(roundsOtherwise(checkpoint(2), lasting)).toBeUndefined();
    const { kernels } = lasting;
    for (const change of [
      { software: '0.0.9' },
      { kernels: { ...kernels, adapter: 'another' } },
      { kernels: { ...kernels, digest: 'others' } },
    ])
      expect(roundsOtherwise(checkpoint(2), { ...lasting, ...change })?.code).toBe('checkpoint-elsewhere');
  });

  it.each([
    ['step 5 of 4', 4, 60, [5]],
    ['a step between two', 4, 60, [1.5]],
    ['a step before the first', 4, 60, [-1]],
    ['the steps of a billion', 4, 60, [1e9]],
    ['more steps than there are', 61, 60, []],
  ])('that tells of %s is refused: a curve is as long as its last step', async (_, step, totalSteps, told) => {
    const measured = { subject: 'teacher-sft', loss: 1, correct: 0, rows: 1, complete: false } as const;
    const events = (steps: readonly number[]): readonly KeptEvent[] =>
      steps.map((step) => ({ type: 'evaluation', evaluation: { ...measured, step, answers: [], worst: [] } }));
    const file = async (state: Parameters<typeof encodeCheckpoint>[0], steps: readonly number[]) =>
      new Blob([...(await encodeCheckpoint(state, valuesAt(4), new EventLines(events(steps)).all()))]);
    await expect(decodeCheckpoint(await file({ ...stateAt(step), totalSteps }, told), 'a')).rejects.toMatchObject({
      code: 'checkpoint-invalid',
    });
    expect((await decodeCheckpoint(await file(stateAt(4), [0, 4]), 'a')).events).toHaveLength(2);
  });

  it('knows its rows by their tokens and their order', () => {
    const row = (...tokens: number[]) => ({ prompt: Uint32Array.from(tokens), answer: Uint32Array.of(9) });
    const print = fingerprintRows([row(1, 2), row(3)]);
    expect(fingerprintRows([row(1, 2), row(3)])).toBe(print);
    for (const rows of [[row(3), row(1, 2)], [row(1), row(2, 3)], [row(1, 2)], [row(1, 2), row(4)]])
      expect(fingerprintRows(rows)).not.toBe(print);
  });

  it('owes the evaluation that it was broken off in', () => {
    const recipe = { ...defaultRecipe, evaluation: { ...defaultRecipe.evaluation, everySteps: 4 } };
    const measured = {
      subject: 'teacher-sft',
      loss: 1,
      correct: 0,
      rows: 1,
      complete: false,
      answers: [],
      worst: [],
    } as const;
    const told = (step: number) => [{ type: 'evaluation', evaluation: { ...measured, step } }] as const;
    const owes = (resumed: Checkpoint, everySteps = 4) =>
      owesEvaluation({
        recipe: { ...recipe, evaluation: { ...recipe.evaluation, everySteps } },
        checkpoints: {
          ...{ slots: new Slots(nowhere), resumed, unkept: false },
          ...{ changes: lasting.changes, kernels: lasting.kernels },
        },
      });
    expect(owes(checkpoint(8))).toBe(true);
    expect(owes(checkpoint(8, told(4)))).toBe(true);
    expect(owes(checkpoint(8, told(8)))).toBe(false);
    expect(owes(checkpoint(9))).toBe(false);
    expect(owes(checkpoint(8), 0)).toBe(false);
    // Behind the last step all rows are asked in any case.
    expect(owes(checkpoint(60))).toBe(false);
  });
});

const nowhere = { read: async () => undefined, write: async () => {}, rename: async () => {} };
const kernels = { choices: async () => lasting.kernels, take: async () => {} };

describe('what a run is given', () => {
  async function kept() {
    const storage = memoryDirectory();
    const shelf = shelfIn(storage);
    const slots = new Slots((await shelf.folder('run'))!);
    for (const step of [2, 4]) await slots.write(await piecesAt(step));
    return { storage, shelf };
  }

  it('is the newest that is whole, when it goes on', async () => {
    const { storage, shelf } = await kept();
    expect((await openKeeping(shelf, kernels, { key: 'run', resume: 'newest' }))?.resumed?.state.step).toBe(4);
    await put(storage, 'b.safetensors', new Uint8Array(3));
    expect((await openKeeping(shelf, kernels, { key: 'run', resume: 'newest' }))?.resumed?.state.step).toBe(2);
    await expect(openKeeping(shelf, kernels, { key: 'other', resume: 'newest' })).rejects.toMatchObject({
      code: 'checkpoint-none',
    });
  });

  it('says whether it lies there as it goes on', async () => {
    const { shelf } = await kept();
    const opened = async (how: Partial<Keeping>) =>
      (await openKeeping(shelf, kernels, { key: 'run', resume: 'newest', ...how })).unkept;
    expect(await opened({})).toBe(false);
    expect(await opened({ change: { rate: 0.5 } })).toBe(true);
    expect(await opened({ resume: new Blob([...(await piecesAt(2))]) })).toBe(true);
    expect(await opened({ resume: undefined })).toBe(false);
  });

  it('is nothing of an earlier training under the same key, when it begins', async () => {
    const { shelf } = await kept();
    const begun = await openKeeping(shelf, kernels, { key: 'run' });
    expect(begun?.resumed).toBeUndefined();
    expect(await begun?.slots.read()).toBeUndefined();
  });

  it('is a file, which stands alone from then on', async () => {
    const { storage, shelf } = await kept();
    const resume = new Blob([await bytesIn(storage, 'a.safetensors')]);
    const begun = await openKeeping(shelf, kernels, { key: 'run', resume });
    expect(begun?.resumed?.state.step).toBe(2);
    expect(await begun?.slots.read()).toBeUndefined();
    // What cannot be used replaces nothing.
    const again = await kept();
    const damaged = new Blob([resume.slice(0, 100)]);
    await expect(openKeeping(again.shelf, kernels, { key: 'run', resume: damaged })).rejects.toMatchObject({
      code: 'checkpoint-invalid',
    });
    expect((await openKeeping(again.shelf, kernels, { key: 'run', resume: 'newest' }))?.resumed?.state.step).toBe(4);
  });
});

describe('a training', () => {
  const begun = async (room = { left: Number.POSITIVE_INFINITY }) => {
    const shelf = shelfIn(memoryDirectory(room));
    const told: StageEvent[] = [];
    const slots = new Slots((await shelf.folder('run'))!);
    const writing = new Checkpoints({
      ...{ slots, lasting, everySteps: 2, everyMinutes: 0, stepsPerEpoch: 100 },
      capture: async () => valuesAt(2),
      emit: (event) => told.push(event),
      before: { step: 0, milliseconds: 0, events: [] },
    });
    return { writing, told };
  };

  it('tells that there is no room, goes on, and tries once more at a pause', async () => {
    const room = { left: 100 };
    const { writing, told } = await begun(room);
    expect([1, 2].map((step) => writing.due(step))).toEqual([false, true]);
    await writing.settle(2);
    expect(told).toMatchObject([{ type: 'checkpoint-failed', step: 2, failure: { code: 'checkpoint-full' } }]);
    room.left = Number.POSITIVE_INFINITY;
    await writing.settle(2);
    await writing.settle(2);
    expect(told.slice(1)).toMatchObject([{ type: 'checkpoint', step: 2 }]);
  });

  it('keeps no step that turns out wrong when it was due already, and the next one that is as before', async () => {
    const { writing, told } = await begun();
    expect(writing.due(2)).toBe(true);
    // What is told of the step comes after that.
    writing.sound = false;
    writing.take(2);
    await writing.settle(2);
    expect([told, writing.due(3)]).toEqual([[], false]);
    writing.sound = true;
    expect(writing.due(4)).toBe(true);
    writing.take(4);
    await writing.settle(4);
    expect(told).toMatchObject([{ type: 'checkpoint', step: 4 }]);
  });

  it('goes back to the checkpoint before, where the step after the newest shows that it is not sound', async () => {
    const { writing, told } = await begun();
    const kept = () => told.map((event) => event.type === 'checkpoint' && event.step);
    for (const step of [2, 4]) {
      writing.take(step);
      await writing.settle(step);
    }
    writing.doubt(5);
    await writing.written();
    expect(kept(), 'negative control: it is not of that step').toEqual([2, 4]);
    writing.take(6);
    // It may still be on its way to the disk.
    writing.doubt(6);
    await writing.written();
    expect(kept()).toEqual([2, 4, 6, 4]);
    writing.sound = false;
    await writing.settle(7);
    expect(kept()).toHaveLength(4);
  });

  it('that is done waits for its last one, behind the one on its way', async () => {
    const { writing, told } = await begun();
    writing.take(2);
    writing.settle(4);
    expect(told).toEqual([]);
    await writing.written();
    expect(told).toMatchObject([
      { type: 'checkpoint', step: 2 },
      { type: 'checkpoint', step: 4 },
    ]);
    await writing.written();
  });
});
