/**
 * `npm run measure -- variants`: every variant of the matmul kernels at the products of Qwen2.5-0.5B and 3B, in turns.
 * `ROUNDS=5`, `ROWS=32,220` (one or more counts of rows), `INPUTS=2048,11008` (only products of so many inputs),
 * `CROWDS=256,512` (workgroups to split products for), `MATRICES=1` (units for matrices too). The first column is what this
 * adapter is given without tuning. Writes test-results/variants.json and into LOG.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { it } from 'vitest';
import { shaderSources } from '../../shaders/index';
import { matricesFeature, requestDevice } from '../../src/engine/gpu/device';
import { Gpu } from '../../src/engine/gpu/gpu';
import type { Product, Variant } from '../../src/engine/gpu/variants';
import * as linear from '../../src/engine/ops/linear';
import { packBf16 } from '../support/bf16';
import { Bench, dawn, wishes } from '../support/gpu';
import { normals } from '../support/random';
import { log } from './log';
import { type Peak, peakOf } from './peak';
import { type Contender, contest, type Job, type Result, table } from './peers/contest';

const rounds = Number(process.env.ROUNDS ?? 5);

/** Inputs and outputs of q, k and v together, of o, of gate and up together, of down. */
const shapes = [
  ...[
    [896, 1152],
    [896, 896],
    [896, 9728],
    [4864, 896],
  ],
  ...[
    [2048, 2560],
    [2048, 2048],
    [2048, 22_016],
    [11_008, 2048],
  ],
] as const;

it('variants of the matmul kernels', async () => {
  const { device, facts } = await requestDevice(dawn(), wishes);
  const gpu = new Gpu(device, shaderSources, facts.software);
  const peak = await peakOf(device, facts.software);
  console.log(
    `${facts.description || facts.vendor}: ${peak.gflops.toFixed(0)} GFLOP/s of f32, ${peak.gigabytes.toFixed(1)} GB/s; ` +
      `products by units for matrices: ${device.features.has(matricesFeature) ? 'yes' : 'no'}`,
  );
  const counts = (process.env.ROWS ?? (facts.software ? '32' : '8,220,512')).split(',').map(Number);
  const wanted = shapes.filter(
    ([inputs]) => !process.env.INPUTS || process.env.INPUTS.split(',').includes(`${inputs}`),
  );
  const results: Result[] = [];
  for (const [inputs, outputs] of wanted) {
    for (const rows of counts) {
      for (const product of ['forward', 'backward'] as const) {
        const bench = new Bench(gpu);
        const job = jobOf(bench, product, rows, inputs!, outputs!);
        const made = await contest(job, rounds);
        results.push(...made);
        console.log(lines(made, peak));
        bench.rec.destroy();
        bench.arena.destroy();
      }
    }
  }
  const how = `npm run measure -- variants, ${counts.join(', ')} rows, ${rounds} rounds`;
  log('variants of the matmul kernels', facts.description || facts.vendor, how, table(results));
  mkdirSync('test-results', { recursive: true });
  writeFileSync('test-results/variants.json', JSON.stringify({ adapter: facts, peak, rounds, results }, null, 1));
});

/** A job, fastest first: TFLOP/s and the fraction of the peak. */
function lines(results: readonly Result[], { gflops: peak }: Peak): string {
  const each = results
    .toSorted((a, b) => a.median - b.median)
    .map(
      ({ contender, gflops }) =>
        `${contender} ${gflops.toFixed(gflops < 100 ? 1 : 0)} (${((100 * gflops) / peak).toFixed(0)} %)`,
    );
  return `${results[0]!.job}, GFLOP/s: ${each.join(' · ')}`;
}

/** How many workgroups at work at once to split products for: as the kernels want it, not at all, and what `CROWDS` lists. */
const crowds = [undefined, 1, ...(process.env.CROWDS ?? '').split(',').filter(Boolean).map(Number)];

function jobOf(bench: Bench, product: Product, rows: number, inputs: number, outputs: number): Job {
  const { arena, rec, gpu } = bench;
  const x = bench.f32('x', [rows, inputs], normals(1, rows * inputs));
  const y = bench.f32('y', [rows, outputs], normals(2, rows * outputs));
  const few = normals(3, 4096);
  const values = new Uint16Array(packBf16(few).buffer);
  const weight = arena.tensor('weight', [outputs, inputs], 'bf16');
  for (let at = 0; at + values.byteLength <= weight.bytes; at += values.byteLength)
    gpu.device.queue.writeBuffer(weight.buffer, weight.offset + at, values);
  const part = { weight, y, dy: y };
  const flops = 2 * rows * inputs * outputs;
  const contender = (variant: Variant, crowd: number | undefined): Contender => ({
    name: crowd === undefined ? variant : `${variant}/${crowd}`,
    run: async (times) => {
      Object.assign(gpu.variants, { forced: variant, crowd });
      for (let n = 0; n < times; n++) {
        if (product === 'forward') linear.forward(rec, { x, rows }, [part]);
        else linear.backward(rec, { rows, dropout: 0, accumulate: false }, [part], x);
      }
      const submit = await rec.prepare();
      Object.assign(gpu.variants, { forced: undefined, crowd: undefined });
      // Writing so many commands takes about as long as fast kernels, which in training are written ahead.
      const since = performance.now();
      submit();
      await gpu.device.queue.onSubmittedWorkDone();
      return performance.now() - since;
    },
  });
  const given = gpu.variants.of(product, { rows, inputs, outputs });
  const variants = [given, ...gpu.variants.able(product, rows).filter((variant) => variant !== given)];
  const shares = (variant: Variant) => variant.startsWith('tiles') || variant === 'matrices';
  const contenders = variants.flatMap((variant) =>
    (shares(variant) ? crowds : [undefined]).map((crowd) => contender(variant, crowd)),
  );
  return { name: `${product} ${rows} rows, ${inputs} and ${outputs}`, flops, contenders };
}
