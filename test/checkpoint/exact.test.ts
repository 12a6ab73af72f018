/** A training that was interrupted ends with the bits of one that was not: on the demo pair, through the engine's own door. */
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeCheckpoint } from '../../src/engine/checkpoint/file';
import type { Studio } from '../../src/engine/engine';
import type { StageEvent } from '../../src/engine/studio';
import { adapterOf, open, recipe, run, STEPS, told } from './trainings';

describe.each([
  ['sft', 'teacher-adapter'],
  ['distill', 'student-adapter'],
  ['control', 'control-adapter'],
] as const)('%s', (stage, artifact) => {
  let kept: ReadonlyMap<number, Blob>;
  let events: readonly StageEvent[];
  let whole: Uint8Array;

  async function prepared(): Promise<Studio> {
    const engine = await open();
    if (stage !== 'distill') return engine;
    const short = { ...recipe, sft: { ...recipe.sft, epochs: 1 } };
    await engine.run('sft', short, () => {});
    await engine.run('merge', short, () => {});
    return engine;
  }

  beforeAll(async () => {
    const engine = await prepared();
    ({ events, kept } = await run(engine, stage));
    whole = await adapterOf(engine, artifact);
    expect(await engine.checkpoints(), 'of what is done nothing is kept').toEqual({ kept: [], unreadable: [] });
  });

  it('is kept on the way, and before the last evaluation', () => {
    const steps = events.flatMap((event) => (event.type === 'checkpoint' ? [event.step] : []));
    expect(steps.slice(0, 1)).toEqual([2]);
    expect(steps.slice(-1)).toEqual([STEPS]);
    expect(steps.length).toBeGreaterThanOrEqual(4);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
    expect(told(events).filter((event) => 'step' in event)).toHaveLength(STEPS);
  });

  it('goes on from them to the same bits, and tells the same', async () => {
    // In the first epoch, where the teacher's states are half there; in a later one; and when only an evaluation is left.
    const files = [...kept];
    const [first, middle, last] = [files[0]!, files[Math.floor(files.length / 2)]!, files.at(-1)!];
    for (const [step, file] of stage === 'distill' ? [first, middle, last] : [middle]) {
      const engine = await prepared();
      const again: StageEvent[] = [];
      // Whatever else is asked for: the recipe is that of the checkpoint.
      const other = { ...recipe, seed: 7, sft: { ...recipe.sft, learningRate: 1 } };
      const result = await engine.run(stage, other, (event) => again.push(event), { key: 'run', resume: file });
      expect(result).toEqual({ outcome: 'done', steps: STEPS });
      expect(await adapterOf(engine, artifact), `from step ${step}`).toEqual(whole);
      expect(told(again), `from step ${step}`).toEqual(told(events));
    }
  });

  it('negative control: each of them has other bits', async () => {
    const adapters = [...kept.values()].map(async (file) =>
      (await decodeCheckpoint(file, 'kept')).values.adapter.join(),
    );
    expect(new Set(await Promise.all(adapters)).size).toBe(kept.size);
  });
});
