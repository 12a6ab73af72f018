/** What a person may decide where the numbers went wrong: it holds from then on, through every further interruption. */
import { describe, expect, it } from 'vitest';
import { EventLines } from '../../src/engine/checkpoint/events';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/engine/checkpoint/file';
import type { Studio } from '../../src/engine/engine';
import type { StageEvent } from '../../src/engine/studio';
import { adapterOf, open, recipe, run, STEPS } from './trainings';

const artifact = 'teacher-adapter';
const stepsOf = (events: readonly StageEvent[]) =>
  events.flatMap((event) => (event.type === 'step' ? [event.metrics] : []));
const numbers = (events: readonly StageEvent[]) => stepsOf(events).map(({ step }) => step);

/** What is told of it when a training goes on from it, which is then stopped. */
async function troublesOf(engine: Studio, resume: Blob): Promise<readonly string[]> {
  const told: string[] = [];
  const listen = (event: StageEvent): void => {
    if (event.type === 'trouble') told.push(event.failure.code);
    if (event.type === 'resumed') engine.stop();
  };
  await engine.run('sft', recipe, listen, { key: 'another', resume });
  return told;
}

async function asOfAnotherCard(file: Blob): Promise<Blob> {
  const { state, values, events } = await decodeCheckpoint(file, 'a');
  const kernels = { ...state.kernels, adapter: 'another' };
  return new Blob([...(await encodeCheckpoint({ ...state, kernels }, values, new EventLines(events).all()))]);
}

describe('a training that goes on', () => {
  it('without the rows of the next step, or at half the rate, does so after further interruptions too', async () => {
    const before = await open();
    const { events, kept } = await run(before, 'sft');
    const whole = await adapterOf(before, artifact);
    const [[step, file] = [0, new Blob()]] = kept;
    expect(await troublesOf(before, file)).toEqual([]);
    expect(await troublesOf(before, await asOfAnotherCard(file))).toEqual(['checkpoint-elsewhere']);
    for (const change of [{ skip: 'next' }, { rate: 0.5 }] as const) {
      const engine = await open();
      const changed = await run(engine, 'sft', { resume: file, change });
      const bits = await adapterOf(engine, artifact);
      expect(bits, 'it changes what is learnt').not.toEqual(whole);
      const left = numbers(events).filter((one) => !('skip' in change) || one !== step + 1);
      expect(numbers(changed.events)).toEqual(left);
      const factors = stepsOf(changed.events).map(
        (one) => one.learningRate / stepsOf(events).find((other) => other.step === one.step)!.learningRate,
      );
      const wished = left.map((one) => (one > step && 'rate' in change ? change.rate : 1));
      // The first step of a warm-up has a rate of 0.
      expect(factors.slice(1)).toEqual(wished.slice(1));
      expect(changed.result).toEqual({ outcome: 'done', steps: STEPS });
      const again = await open();
      const [, last] = [...changed.kept].at(-2)!;
      const resumed = await run(again, 'sft', { resume: last });
      expect(await adapterOf(again, artifact)).toEqual(bits);
      expect(numbers(resumed.events)).toEqual(left);
    }
  });
});
