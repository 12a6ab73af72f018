// What takes room in the browser's storage, and which sentences are about that.
import { expect, test } from 'vitest';
import { isAboutRoom, roomOf } from '../../src/store/room';
import { createSession } from '../../src/store/session';
import type { SessionState } from '../../src/store/types';
import { modelInfo, storedModel } from '../support/fakeFacts';
import { keptRun } from '../support/keptRun';

const checkpoint = (key: string, bytes: number): SessionState['checkpoints'][number] => {
  const { recipe } = createSession().getState();
  return { key, stage: 'sft', step: 3, totalSteps: 9, written: 0, recipe, bytes };
};

test('the largest comes first; what a stage or a tab needs cannot go', () => {
  const session = createSession();
  const folder = {} as FileSystemDirectoryHandle;
  const exported = { name: 'mine', folder, files: [], saved: 0 };
  session.getState().setCheckpoints([checkpoint('a', 5), checkpoint('b', 50)]);
  const [used, unused] = [storedModel('big'), storedModel('large')];
  session.getState().setHub({
    stored: [
      { ...used, stored: 500 },
      { ...unused, stored: 600 },
    ],
  });
  const origin = { repository: 'big', commit: used.model.commit, stated: 'hub' } as const;
  session.getState().setModel('teacher', { info: { ...modelInfo('big'), origin } });
  session.getState().setExports([
    { ...exported, where: 'browser', bytes: 5000 },
    // Not in the browser's storage.
    { ...exported, where: 'folder', bytes: 9000 },
  ]);
  session.getState().begin('sft', 'b');
  const found = roomOf(session.getState()).map(({ kind, bytes, needed }) => [kind, bytes, needed]);
  expect(found).toEqual([
    ['export', 5000, false],
    ['model', 600, false],
    ['model', 500, true],
    ['checkpoint', 50, true],
    ['checkpoint', 5, false],
  ]);
  session.getState().end('stopped');
  expect(roomOf(session.getState()).filter(({ needed }) => needed)).toEqual([]);
});

test('a checkpoint that another tab goes on from cannot go', () => {
  const session = createSession();
  const { record } = keptRun();
  const sft = { state: 'running', steps: 4, milliseconds: 0, checkpoint: 'a' } as const;
  session.getState().setCheckpoints([checkpoint('a', 5), checkpoint('b', 50)]);
  session.getState().setRuns({ list: [{ ...record, stages: { sft } }] });
  const needed = () => roomOf(session.getState()).flatMap(({ kind, needed }) => (kind === 'checkpoint' ? needed : []));
  expect(needed()).toEqual([false, false]);
  session.getState().setRuns({ elsewhere: ['desk', record.id] });
  expect(needed()).toEqual([false, true]);
});

test('a full disk is about room, a wrong file is not', () => {
  expect([isAboutRoom('checkpoint-full'), isAboutRoom('checkpoint-invalid')]).toEqual([true, false]);
});
