/** A job that is killed, as a process of its own, ends with what one has made that never was; `npm run kills` kills more. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runChain } from '../support/kills/chain';
import { INTERVAL } from '../support/kills/job';
import { drawing, type Order } from '../support/kills/moments';
import { buildHeadless } from '../support/kills/process';

it('is killed in SFT and in distillation, and the power cuts its newest checkpoint and its index short', {
  timeout: 900_000,
}, async () => {
  const program = await buildHeadless();
  const folder = mkdtempSync(join(tmpdir(), 'distillery-'));
  // A seed whose moments come early: every kill finds something that still runs.
  const draw = drawing(14_447);
  const chain = (name: string, orders: readonly Order[]) => {
    const left = [...orders];
    return runChain({ program, folder: join(folder, name), tested: false, draw, next: () => left.shift() });
  };
  const whole = await chain('whole', []);
  expect(whole.kills).toEqual([]);
  const orders: readonly Order[] = [
    { kind: 'kill', stage: 'sft' },
    { kind: 'newest', stage: 'sft' },
    { kind: 'both', stage: 'sft' },
    { kind: 'kill' },
    { kind: 'index', stage: 'distill' },
    { kind: 'kill', stage: 'distill' },
    { kind: 'newest', stage: 'distill' },
    { kind: 'kill', stage: 'distill' },
  ];
  const { kills, results } = await chain('killed', orders);
  expect(kills.map(({ kind }) => kind)).toEqual(orders.map(({ kind }) => kind));
  expect(results).toEqual(whole.results);
  // One interval, and what was done while the checkpoint behind it was still being written; of a damaged one, another interval.
  for (const { kind, repeated } of kills)
    expect(repeated, kind).toBeLessThanOrEqual(kind === 'kill' ? 2 * INTERVAL : 3 * INTERVAL);
  // Negative controls: a checkpoint that was cut short costs steps, and one step or other weights less would be seen.
  expect(kills[1]!.repeated).toBeGreaterThan(0);
  expect({ ...results, metrics: (results.metrics as readonly object[]).slice(1) }).not.toEqual(whole.results);
  expect({ ...results, teacherAdapter: results.teacherMerged }).not.toEqual(whole.results);
});
