/** What a person may decide where the numbers went wrong: it holds from then on, through every further interruption. */
import { describe, expect, it } from 'vitest';
import { EventLines } from '../../src/engine/checkpoint/events';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/engine/checkpoint/file';
import type { StageEvent } from '../../src/engine/studio';
import { adapterOf, open, run, STEPS } from './trainings';

const artifact = 'teacher-adapter';
const stepsOf = (events: readonly StageEvent[]) =>
  events.flatMap((event) => (event.type === 'step' ? [event.metrics] : []));
const numbers = (events: readonly StageEvent[]) => stepsOf(events).map(({ step }) => step);

describe('a training that goes on', () => {
  it('on another card is told that it rounds otherwise, and on the same one nothing', async () => {
    const engine = await open();
    const { kept } = await run(engine, 'sft');
    const [[, file] = [0, new Blob()]] = kept;
    const { state, values, events } = await decodeCheckpoint(file, 'a');
    const kernels = { ...state.kernels, adapter: 'another' };
    const lines = new EventLines(events).all();
    const other = new Blob([...(await encodeCheckpoint({ ...state, kernels }, values, lines))]);
    const told = async (resume: Blob) => {
      const { events, result } = await run(engine, 'sft', { resume });
      expect(result).toEqual({ outcome: 'done', steps: STEPS });
      return events.flatMap((event) => (event.type === 'trouble' ? [event.failure.code] : []));
    };
    expect(await told(file)).toEqual([]);
    expect(await told(other)).toEqual(['checkpoint-elsewhere']);
  });

  it('without the rows of the next step, or at half the rate, does so after further interruptions too', async () => {
    const before = await open();
    const { events, kept } = await run(before, 'sft');
    const whole = await adapterOf(before, artifact);
    const [[step, file] = [0, new Blob()]] = kept;
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
