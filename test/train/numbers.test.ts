// What is said of numbers that go wrong, and that nothing of them is kept meanwhile.
import { expect, test } from 'vitest';
import type { StageEvent } from '../../src/engine/studio';
import { linesOf } from '../../src/engine/train/loop';
import { Numbers } from '../../src/engine/train/numbers';
import { evaluationOf, stepOf } from '../support/fakeEngine';

const rows = [3, 7].map((line) => ({
  example: { line, messages: [], question: '', answer: '' },
  prompt: new Uint32Array(1),
  answer: new Uint32Array(1),
}));

function watched() {
  const told: StageEvent[] = [];
  const doubted: number[] = [];
  const checkpoints = { sound: true, doubt: (step: number) => void doubted.push(step) };
  const numbers = new Numbers(checkpoints, (event) => told.push(event));
  const step = (number: number, loss: number) => numbers.look({ type: 'step', metrics: stepOf(number, loss) }, rows);
  const asked = (number: number, correct: number) =>
    numbers.look({ type: 'evaluation', evaluation: evaluationOf('teacher-sft', number, correct, 64) });
  return { told, doubted, checkpoints, numbers, step, asked };
}

test('a loss that explodes is said once with its rows; nothing is kept until it is as before', () => {
  const { told, doubted, checkpoints, step } = watched();
  for (let i = 1; i <= 10; i++) step(i, 0.5);
  expect([told, checkpoints.sound]).toEqual([[], true]);
  step(11, 9);
  step(12, 10);
  const detail = { step: 11, loss: '9.00', usual: '0.500', lines: '3, 7' };
  expect(told).toMatchObject([{ type: 'trouble', step: 11, failure: { code: 'loss-exploded', detail } }]);
  expect(checkpoints.sound).toBe(false);
  // What the step before it has left is no longer what one would go back to.
  expect(doubted).toEqual([10]);
  step(13, 0.6);
  expect(checkpoints.sound).toBe(true);
  step(14, 9);
  expect(told).toHaveLength(2);
});

test('of a step of thousands of rows the first are named, and how many they are', () => {
  const many = Array.from({ length: 4096 }, (_, i) => ({ ...rows[0]!, example: { ...rows[0]!.example, line: i + 1 } }));
  expect(linesOf(many.slice(0, 64))).toMatch(/^1, 2, .*, 64$/);
  expect(linesOf(many)).toMatch(/^1, 2, .*, 64, … \(4096\)$/);
});

test('answers that collapse, too; what was told before a checkpoint is measured against and not said again', () => {
  const { told, checkpoints, numbers, asked, step } = watched();
  numbers.recall({ type: 'evaluation', evaluation: evaluationOf('teacher-sft', 5, 60, 64) });
  for (let i = 1; i <= 10; i++) numbers.recall({ type: 'step', metrics: stepOf(i, i === 9 ? 9 : 0.5) });
  expect(told).toEqual([]);
  asked(10, 4);
  // A sound loss does not make good for them.
  step(11, 0.5);
  expect(told).toMatchObject([{ failure: { code: 'answers-collapsed', detail: { correct: 4, best: 60 } } }]);
  expect(checkpoints.sound).toBe(false);
  asked(20, 61);
  expect(checkpoints.sound).toBe(true);
});
