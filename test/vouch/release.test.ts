/** What vouching takes it gives back, however it ends; a second engine made of answers stands in for the real one. */
import { beforeAll, expect, it } from 'vitest';
import { parseJsonl } from '../../src/engine/data/jsonl';
import type { Gpu } from '../../src/engine/gpu/gpu';
import { heldOn } from '../../src/engine/gpu/held';
import type { FolderSource, VouchEvent } from '../../src/engine/studio';
import { Control } from '../../src/engine/train/control';
import { defaultRecipe } from '../../src/engine/train/recipe';
import type { SecondAnswer, SecondEngine } from '../../src/engine/vouch/second';
import { vouch } from '../../src/engine/vouch/vouch';
import { demoRows } from '../support/demoPair';
import { exportedModel } from '../support/exported';
import { testGpu } from '../support/gpu';

let gpu: Gpu;
let folder: FolderSource;
beforeAll(async () => {
  gpu = await testGpu();
  folder = await exportedModel('student', 'fp32');
});

interface Ended {
  readonly result: Awaited<ReturnType<typeof vouch>> | undefined;
  readonly error: unknown;
  readonly closed: number;
}

/** Vouches on three rows, and holds that nothing is kept on the GPU. */
async function ends(
  answer: (control: Control) => Promise<SecondAnswer>,
  listen: (event: VouchEvent, control: Control) => void = () => {},
): Promise<Ended> {
  const held = () => [heldOn(gpu.device).tensors.bytes, heldOn(gpu.device).others.bytes];
  // The device is everybody's: what other tests have given back may go only now.
  await gpu.device.queue.onSubmittedWorkDone();
  const before = held();
  const control = new Control(() => {});
  let closed = 0;
  const second: SecondEngine = { answer: () => answer(control), close: async () => void closed++ };
  const { examples } = parseJsonl(new Uint8Array(await demoRows('test', 3).arrayBuffer()));
  const vouching = { gpu, prepare: async () => {}, openSecond: async () => second, examples, control };
  const how = { form: 'fp32', runtime: 'onnxruntime', backend: 'wasm', recipe: defaultRecipe } as const;
  let [result, error]: [Ended['result'], unknown] = [undefined, undefined];
  try {
    result = await vouch(vouching, { folder, ...how }, (event) => listen(event, control));
  } catch (caught) {
    error = caught;
  }
  await gpu.device.queue.onSubmittedWorkDone();
  const [tensors, others] = held();
  expect(tensors).toBeLessThanOrEqual(before[0]!);
  expect(others).toBeLessThanOrEqual(before[1]!);
  return { result, error, closed };
}

const nothing: SecondAnswer = { ids: [], logits: new Float32Array() };

it('when the other says nothing: every answer parts at its first token, before the end token of the other', async () => {
  const { result, closed } = await ends(async () => nothing);
  expect(result).toMatchObject({ verdict: 'disagrees', sameAnswers: 0, ties: 0, largest: Number.POSITIVE_INFINITY });
  expect(result!.rows.map(({ difference }) => difference!.index)).toEqual([0, 0, 0]);
  expect(result!.rows[0]!.difference!.second.text).toMatch(/^<\|.*\|>$/);
  expect(closed).toBe(1);
});

it('when the other fails', async () => {
  const { error, closed } = await ends(() => Promise.reject(new Error('no more')));
  expect(error).toMatchObject({ message: 'no more' });
  expect(closed).toBe(1);
});

it('when it is stopped before the other was opened, and while the other is answering', async () => {
  const early = await ends(
    async () => nothing,
    (event, control) => event.type === 'phase' && event.phase === 'answering' && control.stop(),
  );
  expect(early).toMatchObject({ result: { verdict: 'stopped', rows: [], asked: 3 }, closed: 0 });
  // Closing it is what ends the answer: see `stopVouching`.
  const within = await ends((control) => {
    control.stop();
    return Promise.reject(new Error('it was closed'));
  });
  expect(within).toMatchObject({ result: { verdict: 'stopped', rows: [], asked: 3 }, error: undefined, closed: 1 });
});
