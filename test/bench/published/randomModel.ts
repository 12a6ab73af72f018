/** A model of a published shape with random weights and no file: few random values, copied on the GPU until all is full. */
import { Arena, bindingLimit } from '../../../src/engine/gpu/arena';
import type { Gpu } from '../../../src/engine/gpu/gpu';
import { withMemoryCheck } from '../../../src/engine/gpu/memory';
import type { Tensor } from '../../../src/engine/gpu/tensor';
import { upload } from '../../../src/engine/gpu/transfer';
import { type ModelConfig, parseConfig } from '../../../src/engine/model/config';
import { allocateWeights, assemble, type Band, type Model } from '../../../src/engine/model/weights';
import { packBf16 } from '../../support/bf16';
import { qwenJson } from '../../support/qwen';
import { normals } from '../../support/random';
import { cut } from './settings';

/** An odd number of words: no width divides it, so the rows of a matrix differ. */
const VALUES = 2 * (2 ** 20 - 3);
const SCALE = 0.02;

export function publishedConfig(shape: '0.5B' | '3B'): ModelConfig {
  return cut(parseConfig(qwenJson(`config-Qwen2.5-${shape}-Instruct.json`)));
}

/** Takes the weights from `arena`. */
export function randomModel(gpu: Gpu, arena: Arena, config: ModelConfig, seed: number): Promise<Model> {
  const refused = (reason: string) => new Error(`no memory for the weights (${reason})`);
  return withMemoryCheck(gpu.device, refused, async () => {
    const weights = allocateWeights(arena, config, bindingLimit(gpu.device));
    const source = new Arena(gpu.device, 'random values');
    const noise = source.tensor('noise', [VALUES], 'bf16');
    upload(gpu, noise, packBf16(normals(seed, VALUES, SCALE)));
    fill(gpu, noise, weights, config.hidden);
    await gpu.device.queue.onSubmittedWorkDone();
    source.destroy();
    return { config, weights: assemble(config, weights) };
  });
}

function fill(gpu: Gpu, noise: Tensor, weights: ReadonlyMap<string, readonly Band[]>, hidden: number): void {
  const aroundOne = packBf16(normals(1, hidden, SCALE).map((value) => 1 + value));
  const encoder = gpu.device.createCommandEncoder();
  // Goes on where the tensor before ended: layers of the same values would be no model.
  let from = 0;
  const copies = (to: Tensor) => {
    for (let done = 0; done < to.bytes; ) {
      const bytes = Math.min(noise.bytes - from, to.bytes - done);
      encoder.copyBufferToBuffer(noise.buffer, noise.offset + from, to.buffer, to.offset + done, bytes);
      done += bytes;
      from = (from + bytes) % noise.bytes;
    }
  };
  for (const [name, bands] of weights) {
    for (const { weight } of bands) name.includes('norm') ? upload(gpu, weight, aroundOne) : copies(weight);
  }
  gpu.device.queue.submit([encoder.finish()]);
}
