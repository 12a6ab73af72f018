import { describe, expect, it } from 'vitest';
import { blobSource } from '../../src/engine/formats/folder';
import { openSafetensors } from '../../src/engine/formats/safetensors';
import { type OutgoingTensor, writeCheckpoint } from '../../src/engine/formats/shards';
import { memorySink, type Sink } from '../../src/engine/formats/sink';

/** A bf16 tensor whose bytes all are `fill`, in pieces of three bytes. */
function tensor(name: string, count: number, fill: number): OutgoingTensor {
  const bytes = new Uint8Array(2 * count).fill(fill);
  return {
    ...{ name, dtype: 'BF16', shape: [count] },
    async *pieces() {
      for (let at = 0; at < bytes.length; at += 3) yield bytes.slice(at, at + 3);
    },
  };
}

const tensors = [tensor('a', 10, 1), tensor('b', 5, 2), tensor('c', 40, 3), tensor('d', 2, 4)];

async function read(blob: Blob | undefined) {
  const source = blobSource('file', blob!);
  const opened = await openSafetensors(source);
  return new Map(
    await Promise.all(
      [...opened.tensors].map(async ([name, { start, end }]) => [name, await source.read(start, end)] as const),
    ),
  );
}

describe('a checkpoint', () => {
  it('is one file when it fits, and every byte is told', async () => {
    const sink = memorySink();
    const told: number[] = [];
    await writeCheckpoint(sink, tensors, 1000, (bytes, total) => told.push(bytes / total));
    expect([...sink.files.keys()]).toEqual(['model.safetensors']);
    const found = await read(sink.files.get('model.safetensors'));
    expect([...found].map(([name, bytes]) => [name, bytes.length, bytes[0]])).toEqual([
      ['a', 20, 1],
      ['b', 10, 2],
      ['c', 80, 3],
      ['d', 4, 4],
    ]);
    expect(told.at(-1)).toBe(1);
    expect(told).toEqual(told.toSorted((x, y) => x - y));
  });

  it('is shards and their index when it does not; a tensor is never cut', async () => {
    const sink = memorySink();
    await writeCheckpoint(sink, tensors, 40);
    const shard = (n: number) => `model-0000${n}-of-00003.safetensors`;
    expect([...sink.files.keys()]).toEqual([shard(1), shard(2), shard(3), 'model.safetensors.index.json']);
    const index = JSON.parse(await sink.files.get('model.safetensors.index.json')!.text());
    expect(index).toEqual({
      metadata: { total_size: 114 },
      weight_map: { a: shard(1), b: shard(1), c: shard(2), d: shard(3) },
    });
    expect((await read(sink.files.get(shard(2)))).get('c')).toEqual(new Uint8Array(80).fill(3));
  });

  it('leaves no half file behind when a write fails', async () => {
    const memory = memorySink();
    let aborted = 0;
    const full: Sink = {
      create: async (file) => {
        const writer = await memory.create(file);
        return {
          ...writer,
          write: async () => {
            throw new Error('no room left');
          },
          abort: async () => {
            aborted += 1;
          },
        };
      },
    };
    await expect(writeCheckpoint(full, tensors)).rejects.toThrow('no room left');
    expect([memory.files.size, aborted]).toEqual([0, 1]);
  });

  it('is refused when a tensor gives more or fewer bytes than its shape says', async () => {
    const wrong = { ...tensor('a', 10, 1), shape: [11] };
    await expect(writeCheckpoint(memorySink(), [wrong])).rejects.toThrow('a: 20 bytes were written, not 22');
  });
});
