/** A model of any shape with random weights, on its way out: made piece by piece, so that it takes no memory. */
import type { OutgoingModel } from '../../src/engine/formats/outgoing';
import type { OutgoingTensor } from '../../src/engine/formats/shards';
import type { ModelConfig } from '../../src/engine/model/config';
import { expectedTensors } from '../../src/engine/model/tensors';
import { packBf16 } from './bf16';
import { normals } from './random';

const PIECE = 1 << 22;

/** N(0, 0.02²), norms around 1. The same numbers come again after some millions, at another place of the next tensor. */
export function randomOutgoing(config: ModelConfig, seed: number): OutgoingModel {
  const drawn = normals(seed, PIECE + 1021, 0.02);
  const [around0, around1] = [drawn, drawn.map((value) => 1 + value)].map((values) => bytesOf(values));
  const tensors = [...expectedTensors(config)].map(([name, shape], i): OutgoingTensor => {
    const source = name.includes('norm') ? around1! : around0!;
    return {
      name,
      dtype: 'BF16',
      shape,
      pieces: () =>
        pieces(
          source,
          shape.reduce((a, b) => a * b, 2),
          i % 1021,
        ),
    };
  });
  return { config, tensors, files: new Map() };
}

async function* pieces(source: Uint8Array<ArrayBuffer>, bytes: number, shift: number) {
  for (let at = 0, piece = 0; at < bytes; at += 2 * PIECE, piece++) {
    const start = 2 * ((shift + 31 * piece) % 1021);
    yield source.subarray(start, start + Math.min(2 * PIECE, bytes - at));
  }
}

function bytesOf(values: Float64Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(packBf16(values).buffer, 0, 2 * values.length);
}
