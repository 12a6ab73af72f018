/** Weights out of the GPU and in again: byte for byte what was loaded, and merged as the merge itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blobSource } from '../../src/engine/formats/folder';
import { openSafetensors } from '../../src/engine/formats/safetensors';
import { writeCheckpoint } from '../../src/engine/formats/shards';
import { memorySink } from '../../src/engine/formats/sink';
import { downloadPieces } from '../../src/engine/gpu/transfer';
import { mergeAdapter } from '../../src/engine/model/lora';
import { outgoingTensors } from '../../src/engine/model/saving';
import { familyFolder, familyNames } from '../support/family';
import { bench } from '../support/gpu';
import { modelOf, tinyAdapter, tinyModel } from '../support/tinyModel';
import { goldenAdapter } from './goldens';

async function tensorsOf(blob: Blob): Promise<Map<string, Uint8Array>> {
  const source = blobSource('file', blob);
  const { tensors } = await openSafetensors(source);
  const read = [...tensors].map(async ([name, { start, end }]) => [name, await source.read(start, end)] as const);
  return new Map(await Promise.all(read));
}

describe.each(familyNames)('%s', (name) => {
  it('comes out as it went in, also from bands', async () => {
    const b = await bench();
    const original = await tensorsOf(new Blob([readFileSync(join(familyFolder(name), 'model.safetensors'))]));
    for (const limit of [undefined, 64 * 2 * 48]) {
      const model = await modelOf(b.gpu, b.arena, familyFolder(name), limit);
      const sink = memorySink();
      await writeCheckpoint(sink, outgoingTensors(b.gpu, model));
      const written = await tensorsOf(sink.files.get('model.safetensors')!);
      expect(new Set(written.keys())).toEqual(new Set(original.keys()));
      for (const [tensor, bytes] of original) expect(written.get(tensor), tensor).toEqual(bytes);
    }
  });
});

it('with an adapter, what is written is what merging gives', async () => {
  const b = await bench();
  const model = await tinyModel(b.gpu, b.arena, 'student');
  const adapter = tinyAdapter(b.gpu, b.arena, model, goldenAdapter('student.adapter'));
  const merged = { ...model, weights: await mergeAdapter(b.gpu, b.arena, model, adapter) };
  const [onTheWay, before, base] = [memorySink(), memorySink(), memorySink()];
  await writeCheckpoint(onTheWay, outgoingTensors(b.gpu, model, adapter));
  await writeCheckpoint(before, outgoingTensors(b.gpu, merged));
  await writeCheckpoint(base, outgoingTensors(b.gpu, model));
  const bytes = async ({ files }: typeof base) => new Uint8Array(await files.get('model.safetensors')!.arrayBuffer());
  expect(await bytes(onTheWay)).toEqual(await bytes(before));
  expect(await bytes(onTheWay)).not.toEqual(await bytes(base));
});

it('pieces of a tensor join to the whole', async () => {
  const b = await bench();
  const values = Float32Array.from({ length: 37 }, (_, i) => i);
  const tensor = b.f32('x', [37], values);
  const parts: number[] = [];
  for await (const piece of downloadPieces(b.gpu, tensor, 146, 64)) parts.push(...piece);
  expect(Uint8Array.from(parts)).toEqual(new Uint8Array(values.buffer, 0, 146));
});
