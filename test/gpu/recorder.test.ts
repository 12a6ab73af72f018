/** What a submit takes along, and which kernel a dispatch finds though the n-th one of a step keeps its name. */
import { expect, it } from 'vitest';
import { PipelineKeys } from '../../src/engine/gpu/pipelineKeys';
import type { Dispatch } from '../../src/engine/gpu/recorder';
import { downloadFloats } from '../../src/engine/gpu/transfer';
import { bench } from '../support/gpu';

it('what is recorded while kernels compile belongs to the next submit', async () => {
  const b = await bench();
  const x = b.f32('x', [4], [1, 2, 3, 4]);
  const coming = b.rec.prepare();
  b.rec.clear(x);
  (await coming)();
  expect([...(await downloadFloats(b.gpu, x))]).toEqual([1, 2, 3, 4]);
  await b.rec.submit();
  expect([...(await downloadFloats(b.gpu, x))]).toEqual([0, 0, 0, 0]);
});

const dispatch: Dispatch = {
  ...{ stem: 'linear', entry: 'forward', bind: {}, grid: [1], work: { flops: 0, bytes: 0 } },
  constants: { LORA: 1, RESIDUAL: 0 },
};

it('a slot gives the name of what is in it now, whatever was there before', () => {
  const keys = new PipelineKeys();
  const others: readonly Partial<Dispatch>[] = [
    { stem: 'lora' },
    { variant: 'sums' },
    { entry: 'backward' },
    { constants: { LORA: 0, RESIDUAL: 0 } },
    { constants: { LORA: 1 } },
    { constants: { LORA: 1, RESIDUAL: 0, WIDE: 0 } },
  ];
  const { key, shader } = keys.of(0, dispatch);
  expect(shader).toBe('linear');
  for (const change of others) {
    const other = { ...dispatch, ...change };
    expect(keys.of(0, other).key).toBe(new PipelineKeys().of(0, other).key);
    expect(keys.of(0, other).key).not.toBe(key);
    expect(keys.of(0, dispatch).key).toBe(key);
  }
  expect(keys.of(0, { ...dispatch, constants: { RESIDUAL: 0, LORA: 1 } }).key).toBe(key);
});
