/** What a training has told, as a checkpoint keeps it. */
import { expect, it } from 'vitest';
import { decodeEvents, EventLines, type KeptEvent } from '../../src/engine/checkpoint/events';

const work = (name: string, flops: number): KeptEvent => ({
  ...{ type: 'work', ops: { [name]: { dispatches: 1, flops, bytes: 0.1 } } },
});

it('is read back in its order, however much it is and however long one line', () => {
  const events = Array.from({ length: 3000 }, (_, i) => work(i === 1500 ? '长'.repeat(50_000) : 'linear', i));
  const lines = new EventLines(events.slice(0, 2000));
  const before = lines.bytes();
  for (const event of events.slice(2000)) lines.add(event);
  expect(decodeEvents(lines.bytes())).toEqual(events);
  expect(decodeEvents(before), 'a copy, which later events do not get into').toEqual(events.slice(0, 2000));
  expect(() => decodeEvents(lines.bytes().subarray(1))).toThrow();
  expect(decodeEvents(new EventLines().bytes())).toEqual([]);
});
