/** What a training has told, as a checkpoint keeps it. */
import { expect, it } from 'vitest';
import { decodeEvents, EventLines, type KeptEvent } from '../../src/engine/checkpoint/events';

const work = (name: string, flops: number): KeptEvent => ({
  ...{ type: 'work', ops: { [name]: { dispatches: 1, flops, bytes: 0.1 } } },
});

const read = async (lines: Blob) => decodeEvents(await lines.bytes());

it('is read back in its order, however much it is and however long one line', async () => {
  const events = Array.from({ length: 3000 }, (_, i) => work(i === 1500 ? '长'.repeat(50_000) : 'linear', i));
  const lines = new EventLines(events.slice(0, 2000));
  const before = lines.all();
  for (const event of events.slice(2000)) lines.add(event);
  expect(await read(lines.all())).toEqual(events);
  expect(await read(before), 'a copy, which later events do not get into').toEqual(events.slice(0, 2000));
  await expect(read(lines.all().slice(1))).rejects.toThrow();
  expect(await read(new EventLines().all())).toEqual([]);
});
