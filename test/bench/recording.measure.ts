/**
 * What the host does for a step while the GPU waits: the published recipe's SFT and distillation with all their layers, narrow, on
 * Dawn's null adapter, which computes nothing. `STEPS=200 WARMUP=30 npm run measure -- recording`; MODELS=sft,distill;
 * `MATRICES=1` as for a card with units for matrices.
 * Recorded: until the ops have listed their dispatches. Encoded: until the command buffer is submitted.
 */
import { it } from 'vitest';
import { create } from 'webgpu';
import { shaderSources } from '../../shaders/index';
import { Arena } from '../../src/engine/gpu/arena';
import { wallClock } from '../../src/engine/gpu/clock';
import { requestDevice } from '../../src/engine/gpu/device';
import { Gpu } from '../../src/engine/gpu/gpu';
import { GpuRecorder } from '../../src/engine/gpu/recorder';
import type { ModelConfig } from '../../src/engine/model/config';
import { tune } from '../../src/engine/model/tune';
import { wishes } from '../support/gpu';
import { gpuWithUnitsByHand } from '../support/unitsByHand';
import { publishedConfig, randomModel } from './published/randomModel';
import { type StageName, settings } from './published/settings';
import { prepare, type Stage } from './published/stage';

// Kept as long as the process: collecting it takes every device with it.
const instance = create(['backend=null']);
const narrow = { hidden: 256, intermediate: 512, heads: 4, kvHeads: 2, headDim: 64, vocabulary: 2048 };
const shapeOf = (shape: '0.5B' | '3B'): ModelConfig => ({ ...publishedConfig(shape), ...narrow });

const opened = (async () => {
  const { device } = await requestDevice(instance);
  const gpu = wishes.matrices ? withUnits(device) : new Gpu(device, shaderSources, false);
  const large = await load(gpu, '3B');
  return { gpu, large };
})();

/** Which the null adapter has not: kernels are recorded as for a card that has. */
function withUnits(device: GPUDevice): Gpu {
  const gpu = gpuWithUnitsByHand(device, false);
  gpu.variants.forced = 'matrices';
  return gpu;
}

async function load(gpu: Gpu, shape: '0.5B' | '3B') {
  const model = await randomModel(gpu, new Arena(gpu.device, shape), shapeOf(shape), shape.length);
  // Choices that were measured are looked up in every step; what they are says nothing here.
  await tune(gpu, model, 1000, wallClock);
  return model;
}

it.each(settings.stages)('recording a step: %s', async (name) => {
  const { gpu, large } = await opened;
  const distils = name === 'distill';
  const stage = await prepare(gpu, distils ? await load(gpu, '0.5B') : large, distils ? large : undefined);
  const taken: { recorded: number; encoded: number }[] = [];
  let dispatches = 0;
  for (let step = 0; step < settings.warmUp + settings.steps; step++) {
    const [took, count] = await timed(stage, step);
    taken.push(took);
    dispatches = count;
  }
  const measured = taken.slice(-settings.steps);
  console.log(lineOf(name, dispatches, measured));
  stage.trainer.destroy();
  stage.arena.destroy();
});

/** Milliseconds of one step on rows of its own, and its dispatches. */
async function timed({ trainer, objective, rows, training }: Stage, step: number) {
  const { submit } = GpuRecorder.prototype;
  const since = performance.now();
  let recorded = 0;
  GpuRecorder.prototype.submit = function () {
    recorded = performance.now() - since;
    return submit.call(this);
  };
  const size = training.batchSize;
  const { report, work } = await trainer.step(objective, [rows.slice(step * size, (step + 1) * size)], step, 1e-4);
  const encoded = performance.now() - since - recorded;
  GpuRecorder.prototype.submit = submit;
  await report;
  return [{ recorded, encoded }, work.total.dispatches] as const;
}

function lineOf(name: StageName, dispatches: number, taken: readonly { recorded: number; encoded: number }[]): string {
  const of = (values: readonly number[]) => {
    const sorted = values.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1);
    return `${at(0)} / ${at(0.25)} / ${at(0.5)}`;
  };
  const [recorded, encoded] = [of(taken.map((one) => one.recorded)), of(taken.map((one) => one.encoded))];
  return `${name}: ${dispatches} dispatches; ms, fastest / a quarter / median: recorded ${recorded}, encoded ${encoded}`;
}
