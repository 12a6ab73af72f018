/** Two files and an index: whatever is cut short, damaged or full, one whole checkpoint is read, and never a half or another one. */
import { describe, expect, it } from 'vitest';
import { decodeCheckpoint } from '../../src/engine/checkpoint/file';
import { Slots } from '../../src/engine/checkpoint/slots';
import type { Directory } from '../../src/engine/hub/directory';
import { bytesIn, piecesAt, put, shelfIn } from '../support/checkpoints';
import { memoryDirectory } from '../support/memoryFiles';

const [a, b, index] = ['a.safetensors', 'b.safetensors', 'index.json'] as const;
const text = (content: string) => new TextEncoder().encode(content);

/** As a process finds them that knows nothing yet. */
async function slotsIn(storage: Directory): Promise<Slots> {
  return new Slots((await shelfIn(storage).folder('run'))!);
}

/** Checkpoints of steps 2 and 4: `a` and `b`, which is the newest. */
async function two(room = { left: Number.POSITIVE_INFINITY }): Promise<Directory> {
  const storage = memoryDirectory(room);
  const slots = await slotsIn(storage);
  for (const step of [2, 4]) await slots.write(await piecesAt(step));
  return storage;
}

const stepIn = async (storage: Directory) => (await (await slotsIn(storage)).read())?.state.step;
const invalid = { code: 'checkpoint-invalid' };

describe('two slots', () => {
  it('are written in turn, and the newest is read with all that it holds', async () => {
    const storage = memoryDirectory();
    expect(await stepIn(storage)).toBeUndefined();
    const slots = await slotsIn(storage);
    for (const step of [2, 4, 6, 8]) {
      await slots.write(await piecesAt(step));
      expect(await stepIn(storage)).toBe(step);
    }
    const { state, values, events } = (await (await slotsIn(storage)).read())!;
    expect([state.step, values.second[0], events]).toMatchObject([8, 10, [{ ops: { linear: { dispatches: 8 } } }]]);
    const sizes = await Promise.all([a, b].map(async (name) => (await bytesIn(storage, name)).length));
    expect(await (await slotsIn(storage)).look()).toMatchObject({ state: { step: 8 }, bytes: sizes[0]! + sizes[1]! });
  });

  it('give the one before when the newest is cut short, wherever that is', async () => {
    const whole = await bytesIn(await two(), b);
    for (let length = 0; length < whole.length; length += length < 16 || length > whole.length - 120 ? 1 : 13) {
      const storage = await two();
      await put(storage, b, whole.slice(0, length));
      expect(await stepIn(storage), `cut to ${length} bytes`).toBe(2);
    }
    const storage = await two();
    await put(storage, b, whole);
    expect(await stepIn(storage), 'negative control: whole, it is taken').toBe(4);
  });

  it('refuse a file in which any byte is another', async () => {
    const whole = await bytesIn(await two(), b);
    const accepted: number[] = [];
    for (const at of whole.keys()) {
      const changed = whole.slice();
      changed[at]! ^= 1;
      await decodeCheckpoint(new Blob([changed]), b).then(
        () => accepted.push(at),
        (error) => expect(error, `byte ${at}`).toMatchObject(invalid),
      );
    }
    expect(accepted).toEqual([]);
    expect((await decodeCheckpoint(new Blob([whole]), b)).state.step).toBe(4);
  });

  it('reject when neither is whole', async () => {
    const storage = await two();
    for (const name of [a, b]) await put(storage, name, (await bytesIn(storage, name)).slice(0, -1));
    await expect(stepIn(storage)).rejects.toMatchObject(invalid);
  });

  it.each([
    ['empty', ''],
    ['cut short', '{"version":1,"new'],
    ['of another version', '{"version":2,"newest":"a.safetensors"}'],
    ['naming a file that is not its own', '{"version":1,"newest":"../other"}'],
    ['too long', `{"version":1,"newest":"a.safetensors"${' '.repeat(10_000)}}`],
  ])('are found without the index when it is %s', async (_, content) => {
    const storage = await two();
    await put(storage, index, text(content));
    expect(await stepIn(storage)).toBe(4);
    await (await slotsIn(storage)).write(await piecesAt(6));
    expect(await stepIn(storage)).toBe(6);
  });

  it('negative control: a whole index is believed', async () => {
    const storage = await two();
    await put(storage, index, text('{"version":1,"newest":"a.safetensors"}'));
    expect(await stepIn(storage)).toBe(2);
  });

  it('are not disturbed by what a broken attempt left of an index', async () => {
    const storage = await two();
    await put(storage, `${index}.part`, text('{"version":1,"newest":"a.saf'));
    expect(await stepIn(storage)).toBe(4);
    await (await slotsIn(storage)).write(await piecesAt(6));
    expect(await stepIn(storage)).toBe(6);
  });

  it('keep what is whole when the room runs out in the middle of the next, and take it when there is room again', async () => {
    const room = { left: Number.POSITIVE_INFINITY };
    const storage = await two(room);
    const slots = await slotsIn(storage);
    const pieces = await piecesAt(6);
    // Of what is written over, the bytes are free: only what the next has more counts.
    const longer = [...pieces, new Uint8Array(64)];
    room.left = 32;
    for (const step of [4, 4]) {
      await expect(slots.write(longer)).rejects.toMatchObject({ name: 'QuotaExceededError' });
      expect(await stepIn(storage)).toBe(step);
    }
    room.left = Number.POSITIVE_INFINITY;
    await slots.write(pieces);
    expect(await stepIn(storage)).toBe(6);
  });

  it('go back to the one before, beside which the next is written; not where there is none that is whole', async () => {
    const storage = await two();
    const slots = await slotsIn(storage);
    const bytes = (await bytesIn(storage, a)).length;
    expect(await slots.back()).toMatchObject({ step: 2, bytes });
    expect(await stepIn(storage)).toBe(2);
    await slots.write(await piecesAt(6));
    await put(storage, b, (await bytesIn(storage, b)).slice(0, -1));
    expect(await stepIn(storage), 'the one gone back to was not written over').toBe(2);

    const damaged = await two();
    await put(damaged, a, (await bytesIn(damaged, a)).slice(0, -1));
    const only = memoryDirectory();
    await (await slotsIn(only)).write(await piecesAt(4));
    for (const there of [damaged, only]) {
      expect(await (await slotsIn(there)).back()).toBeUndefined();
      expect(await stepIn(there)).toBe(4);
    }
  });

  it('never write over the last that is whole, whatever the index says', async () => {
    const storage = await two();
    await put(storage, b, (await bytesIn(storage, b)).slice(0, -1));
    const broken = { length: 0 };
    const folder = (await shelfIn(storage).folder('run'))!;
    const write: typeof folder.write = async (name, pieces) => {
      await folder.write(name, [pieces[0]!.slice(0, broken.length)]);
      throw new Error('the power went');
    };
    for (const length of [0, 100]) {
      broken.length = length;
      await expect(new Slots({ ...folder, write }).write(await piecesAt(6))).rejects.toThrow('the power went');
      expect(await stepIn(storage)).toBe(2);
    }
  });
});
