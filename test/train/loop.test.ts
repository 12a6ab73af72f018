// What of a training is kept where a person has decided something, or where it came from a file: without a card.
import { expect, test } from 'vitest';
import type { TokenRow } from '../../src/engine/data/examples';
import { Control } from '../../src/engine/train/control';
import { type Loop, train } from '../../src/engine/train/loop';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { sft } from '../../src/engine/train/sft';
import type { Trainer } from '../../src/engine/train/trainer';

const rows: readonly TokenRow[] = Array.from({ length: 9 }, (_, line) => ({
  ...{ prompt: Uint32Array.of(1), answer: Uint32Array.of(2) },
  example: { line, messages: [], question: '', answer: '' },
}));

/** Nine steps of one row, of which `bad` (1-based) are not finite. */
function bench(bad: readonly number[] = []) {
  const made: string[] = [];
  const step: Trainer['step'] = async (_objective, _micro, at) => {
    made.push(`step ${at + 1}`);
    const sums = { crossEntropy: 1, divergence: 0, hits: 1, valid: 1, agreed: 0, gradientNorm: 1 };
    return {
      report: Promise.resolve({ ...sums, finite: !bad.includes(at + 1) }),
      settled: Promise.resolve(),
      ...{ labels: 1, scales: { crossEntropy: 1, divergence: 0 }, batches: [], held: 0 },
      work: { total: { dispatches: 0, flops: 0, bytes: 0 }, byOp: new Map() },
    };
  };
  const training = { ...defaultRecipe.sft, batchSize: 1, accumulation: 1, epochs: 1 };
  const loop: Loop = {
    ...{ rows, training, seed: 1, shuffle: false, control: new Control(() => {}), inFlight: 2, evaluateEvery: 0 },
    onStep: () => {},
    evaluate: async () => {},
    checkpoints: {
      due: () => false,
      take: (at) => void made.push(`take ${at}`),
      settle: async (at) => void made.push(`settle ${at}`),
    },
  };
  const run = (changes: Partial<Loop>) => train({ step } as unknown as Trainer, sft, { ...loop, ...changes });
  return { made, run };
}

test('what lies nowhere yet is kept before the first step that is made of it', async () => {
  const { made, run } = bench();
  await run({ from: 7, unkept: true });
  expect(made).toEqual(['take 7', 'step 8', 'step 9', 'settle 9']);
  const other = bench();
  await other.run({ from: 7 });
  expect(other.made, 'negative control').toEqual(['step 8', 'step 9', 'settle 9']);
});

test('where the step behind one that was left out goes wrong as well, that one is left out next', async () => {
  const { made, run } = bench([7]);
  const changes = { skipped: [6], rates: [] };
  await expect(run({ from: 5, changes })).rejects.toMatchObject({ code: 'not-finite', detail: { step: 7 } });
  expect(made.at(-1), 'the next that can be left out is 7').toBe('settle 6');
});

test('a step that goes wrong before one that is left out is said, and kept as it was before it', async () => {
  const { made, run } = bench([5]);
  await expect(run({ changes: { skipped: [6], rates: [] } })).rejects.toMatchObject({ detail: { step: 5 } });
  expect(made.at(-1)).toBe('settle 4');
});
