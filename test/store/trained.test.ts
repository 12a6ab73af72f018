// What would be lost with other rows or models: the question before it depends on this, and the one before leaving.
import { expect, test } from 'vitest';
import { createSession } from '../../src/store/session';
import { trained, wouldLose } from '../../src/store/trained';
import type { Role, Split, Stage } from '../../src/store/types';

const inputs: readonly (Role | Split)[] = ['train', 'test', 'teacher', 'student'];

/** A session in which these stages have learnt something. */
function after(...stages: readonly Stage[]) {
  const session = createSession();
  for (const stage of stages) session.getState().setStage(stage, { state: 'done', steps: 3 });
  return session;
}

const lost = (session: ReturnType<typeof after>) =>
  Object.fromEntries(inputs.map((what) => [what, wouldLose(session.getState(), what)]));

test('nothing is lost while nothing was trained', () => {
  const session = after();
  session.getState().setStage('baseline', { state: 'done' });
  session.getState().setStage('sft', { state: 'failed', steps: 0 });
  expect(lost(session)).toEqual({ train: [], test: [], teacher: [], student: [] });
  expect(trained(session.getState().stages)).toEqual([]);
});

test('each input takes what was learnt with it, and test rows take nothing', () => {
  const all = after('sft', 'distill', 'control');
  expect(lost(all)).toEqual({
    train: ['sft', 'distill', 'control'],
    test: [],
    teacher: ['sft', 'distill'],
    student: ['distill', 'control'],
  });
  expect(lost(after('sft'))).toEqual({ train: ['sft'], test: [], teacher: ['sft'], student: [] });
});

test('a run that was stopped or failed on its way has learnt something as well', () => {
  const session = after();
  session.getState().setStage('sft', { state: 'failed', steps: 1 });
  expect(trained(session.getState().stages)).toEqual(['sft']);
  expect(wouldLose(session.getState(), 'train')).toEqual(['sft']);
});

test('nothing is lost where nothing can be opened: while a stage runs, or without an engine', () => {
  const running = after('sft');
  running.getState().begin('baseline');
  expect(wouldLose(running.getState(), 'train')).toEqual([]);
  running.getState().end('done');
  expect(wouldLose(running.getState(), 'train')).toEqual(['sft']);
  running.getState().setLost(true);
  expect(wouldLose(running.getState(), 'train')).toEqual([]);
});
