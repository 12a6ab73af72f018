// The memory plan in the store: asked for when what it depends on has changed, and read against the stated card.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { StagePlan } from '../../src/store';
import { fullestStage, misfit, verdict } from '../../src/store';
import { RemoteError } from '../../src/worker/failure';
import { started, state } from './bench';

const GIB = 2 ** 30;
const planOf = (gib: number, tooLarge?: StagePlan['tooLarge']): StagePlan => ({
  bytes: gib * GIB,
  uses: [{ use: 'activations', bytes: gib * GIB }],
  tokens: 10,
  tooLarge,
  hint: undefined,
});
const large = { tensor: 'training/activations/0.gate', bytes: 2 * GIB, limit: GIB };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a plan fits, is tight, exceeds the card, or cannot be bound at all', () => {
  expect([10, 22, 24, 24.1].map((gib) => verdict(planOf(gib), 24))).toEqual(['fits', 'tight', 'tight', 'exceeds']);
  expect(verdict(planOf(1, large), 24)).toBe('unbound');
});

test('the fullest stage decides; the control run only when it is asked for', () => {
  const plan = { sft: planOf(3), distill: planOf(5), control: planOf(9) };
  expect(fullestStage(plan, false)).toBe('distill');
  expect(fullestStage(plan, true)).toBe('control');
  expect(fullestStage({ ...plan, sft: planOf(1, large) }, true)).toBe('sft');
  expect(fullestStage({}, true)).toBeUndefined();
});

test('a plan is asked for once after loading, and after a change has come to rest', async () => {
  const { studio, engine } = await started();
  expect(engine().plans).toBe(0);
  engine().memory = { sft: planOf(30) };
  await vi.runAllTimersAsync();
  expect(engine().plans).toBe(1);
  expect(state(studio).memory).toMatchObject({ plan: { sft: planOf(30) }, planning: false });
  for (const size of [1, 16, 160]) state(studio).setField('sft.batchSize', size);
  await vi.runAllTimersAsync();
  expect(engine().plans).toBe(2);
  // What memory does not depend on asks for nothing.
  state(studio).setMemory({ card: 48 });
  state(studio).setIncludeControl(true);
  await vi.runAllTimersAsync();
  expect(engine().plans).toBe(2);
});

test('a stage that does not fit is found among those that are left, and before a single start', async () => {
  const { studio, engine } = await started();
  engine().memory = { baseline: planOf(4), sft: planOf(30) };
  await vi.runAllTimersAsync();
  expect(misfit(state(studio))).toBe('sft');
  expect(misfit(state(studio), 'baseline')).toBeUndefined();
  state(studio).setMemory({ card: 48 });
  expect(misfit(state(studio))).toBeUndefined();
});

test('a run is planned again when it ends, and what it held stands beside what was planned', async () => {
  const { studio, engine } = await started();
  await vi.runAllTimersAsync();
  engine().script = [
    { type: 'plan', plan: planOf(3) },
    { type: 'held', held: { tensors: 3 * GIB, others: 1 } },
  ];
  const run = studio.run('sft');
  await vi.runAllTimersAsync();
  expect(engine().plans).toBe(1);
  engine().finish({ outcome: 'done', steps: 4 });
  await run;
  await vi.runAllTimersAsync();
  expect(engine().plans).toBe(2);
  expect(state(studio).memory.held.sft).toEqual({ planned: 3 * GIB, held: { tensors: 3 * GIB, others: 1 } });
});

test('a plan that was given up leaves the one before it; one that failed says why', async () => {
  const { studio, engine } = await started();
  engine().memory = { sft: planOf(3) };
  await vi.runAllTimersAsync();
  const fail = (code: string) => new RemoteError({ code, message: code, detail: {} });
  for (const [code, left] of [
    ['replanned', { plan: { sft: planOf(3) }, problem: undefined }],
    ['tokenizer-invalid', { plan: undefined, problem: { code: 'tokenizer-invalid' } }],
  ] as const) {
    engine().planFailure = fail(code);
    state(studio).setField('lora.rank', code.length);
    await vi.runAllTimersAsync();
    expect(state(studio).memory).toMatchObject(left);
  }
});
