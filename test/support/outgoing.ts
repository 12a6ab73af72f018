/** A model folder on its way out as it lies on disk, without a GPU. */
import { readBf16 } from '../../src/engine/formats/bf16';
import { openModelFolder, type WeightLocation } from '../../src/engine/formats/huggingface';
import type { OutgoingModel } from '../../src/engine/formats/outgoing';
import { expectedTensors } from '../../src/engine/model/tensors';
import type { FolderSource } from '../../src/engine/studio';

export async function outgoingFolder(source: FolderSource): Promise<OutgoingModel> {
  const { config, weights, files } = await openModelFolder(source);
  const tensors = [...expectedTensors(config)].map(([name, shape]) => ({
    ...{ name, shape, dtype: 'BF16' },
    pieces: () => pieces(weights.get(name)!, 2 * shape.reduce((product, size) => product * size, 1)),
  }));
  return { config, tensors, files };
}

async function* pieces({ source, info }: WeightLocation, total: number) {
  let left = total;
  for await (const words of readBf16(source, info)) {
    const bytes = new Uint8Array(words.buffer, words.byteOffset, Math.min(left, words.byteLength));
    left -= bytes.byteLength;
    yield bytes.slice();
  }
}
