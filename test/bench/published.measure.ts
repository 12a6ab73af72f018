/**
 * `npm run measure -- published`: an optimizer step of the published recipe at its real shapes, with random weights: SFT of
 * Qwen2.5-3B, and the distillation of a frozen 3B into the 0.5B. `published_step.py` is the same step in PyTorch.
 * `MATRICES=1` with units for matrices, `STEPS=10` timed, `MODELS=sft,distill`, `INFLIGHT=2` at once, `PRESET=seed-exact`, `VARIANT=tiles64` for one matmul kernel, `TUNE=2000` ms to choose
 * it, `PROFILE=1` (`REPEAT=20`, `TIMESTAMPS=0`) for the time of each kernel; `LAYERS=`, `VOCAB=`, `ROWS=`, `WARMUP=` cut it to
 * what a CPU adapter can do. Writes test-results/published.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { it } from 'vitest';
import { shaderSources } from '../../shaders/index';
import { Arena } from '../../src/engine/gpu/arena';
import { wallClock } from '../../src/engine/gpu/clock';
import { requestDevice } from '../../src/engine/gpu/device';
import { Gpu } from '../../src/engine/gpu/gpu';
import { tune } from '../../src/engine/model/tune';
import type { Model } from '../../src/engine/model/weights';
import { wishes } from '../support/gpu';
import { dawnWithTimestamps, PassClock } from './published/clock';
import { profile } from './published/profile';
import { publishedConfig, randomModel } from './published/randomModel';
import { profileTable, type StageResult, stepsLine, stepsResult } from './published/report';
import { recipe, type StageName, settings } from './published/settings';
import { prepare, steps } from './published/stage';

interface Lab {
  readonly gpu: Gpu;
  readonly adapter: string;
  readonly clock: PassClock | undefined;
  readonly large: Model;
  readonly errors: string[];
}

let opened: Promise<Lab> | undefined;
const results: Partial<Record<StageName, StageResult>> = {};

async function open(): Promise<Lab> {
  const { device, facts } = await requestDevice(dawnWithTimestamps() as GPU, wishes);
  const errors: string[] = [];
  device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
  const gpu = new Gpu(device, shaderSources, facts.software);
  gpu.variants.forced = settings.variant;
  const clock = settings.timestamps && device.features.has('timestamp-query') ? new PassClock(device) : undefined;
  const adapter = facts.description || facts.vendor;
  console.log(`${adapter}, preset ${recipe.preset}, ${clock ? '' : 'no '}timestamps, ${JSON.stringify(settings)}`);
  return { gpu, adapter, clock, errors, large: await load(gpu, '3B') };
}

async function load(gpu: Gpu, shape: '0.5B' | '3B'): Promise<Model> {
  const since = performance.now();
  const arena = new Arena(gpu.device, shape);
  const model = await randomModel(gpu, arena, publishedConfig(shape), shape.length);
  const loaded = performance.now();
  if (!gpu.software) await tune(gpu, model, settings.tune, wallClock);
  const took = [loaded - since, performance.now() - loaded].map((time) => time.toFixed(0));
  console.log(
    `${shape}: ${(arena.bytes / 1e9).toFixed(2)} GB of random weights in ${took[0]} ms, tuned in ${took[1]} ms`,
  );
  return model;
}

it.each(settings.stages)('a step of the published recipe: %s', async (name) => {
  opened ??= open();
  const { gpu, adapter, clock, large, errors } = await opened;
  const distils = name === 'distill';
  // As before a stage: what was still compiling when the models were loaded.
  if (!gpu.software) await tune(gpu, large, settings.tune, wallClock);
  const stage = await prepare(gpu, distils ? await load(gpu, '0.5B') : large, distils ? large : undefined);
  try {
    const [awaited, inFlight] = [await steps(stage, 1), await steps(stage, settings.inFlight)];
    const result = stepsResult(awaited, inFlight);
    results[name] = result;
    write(gpu, adapter);
    console.log(stepsLine(name, result));
    if (settings.profile) {
      const profiled = await profile(gpu, clock, stage);
      results[name] = { ...result, profile: profiled };
      write(gpu, adapter);
      console.log(profileTable(name, result, profiled));
    }
  } finally {
    stage.trainer.destroy();
    stage.arena.destroy();
  }
  if (errors.length > 0) throw new Error(`WebGPU reported errors: ${errors.splice(0).join('; ')}`);
});

function write(gpu: Gpu, adapter: string): void {
  mkdirSync('test-results', { recursive: true });
  const all = { adapter, preset: recipe.preset, settings, variants: gpu.variants.timings, results };
  writeFileSync('test-results/published.json', JSON.stringify(all, null, 1));
}
