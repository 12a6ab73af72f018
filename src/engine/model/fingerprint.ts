/** What tells two models, or two adapters, apart by their bits on the card, whatever they are called and wherever they came from. */
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { GpuRecorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { download } from '../gpu/transfer';
import * as checksum from '../ops/checksum';
import { mixSeed } from '../random';
import type { LoraAdapter } from './lora';
import { projections } from './projections';
import type { Band, LayerWeights, Model } from './weights';

/** 16 hexadecimal digits; the same on every card, whatever it can bind at once. */
export function fingerprintModel(gpu: Gpu, { weights }: Model): Promise<string> {
  const { embedding, layers, norm, head } = weights;
  const whole = (weight: Tensor | undefined): readonly Band[] => (weight ? [{ first: 0, weight }] : []);
  const tensors = [embedding, ...layers.flatMap((layer) => tensorsOf(layer).map(whole)), whole(norm)];
  return fingerprint(gpu, head === embedding ? tensors : [...tensors, head]);
}

export function fingerprintAdapter(gpu: Gpu, { flat }: LoraAdapter): Promise<string> {
  return fingerprint(gpu, [[{ first: 0, weight: flat }]]);
}

/** What a layer lacks keeps its place. */
function tensorsOf(layer: LayerWeights): readonly (Tensor | undefined)[] {
  const { inputNorm, postNorm, headNorms } = layer;
  const linear = projections.flatMap((projection) => [layer[projection].weight, layer[projection].bias]);
  return [inputNorm, postNorm, headNorms?.q, headNorms?.k, ...linear];
}

async function fingerprint(gpu: Gpu, tensors: readonly (readonly Band[])[]): Promise<string> {
  const arena = new Arena(gpu.device, 'fingerprint');
  const rec = new GpuRecorder(gpu);
  try {
    const sums = arena.tensor('sums', [tensors.length, 2], 'u32');
    for (const [index, bands] of tensors.entries()) {
      for (const { first, weight } of bands) {
        const rowWords = weight.bytes / weight.shape[0]! / 4;
        checksum.add(rec, { tensor: weight, index, first: first * rowWords }, sums);
      }
    }
    await rec.submit();
    const pairs = new Uint32Array(await download(gpu, sums));
    return [1, 2]
      .map((half) =>
        mixSeed(half, ...pairs)
          .toString(16)
          .padStart(8, '0'),
      )
      .join('');
  } finally {
    rec.destroy();
    arena.destroy();
  }
}
