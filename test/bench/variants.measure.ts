/**
 * `npm run measure -- variants`: every variant of the matmul kernels at the products of Qwen2.5-0.5B and 3B, in turns.
 * `ROUNDS=5`, `ROWS=32,220` (one or more counts of rows). The first column is what this adapter is given without tuning.
 */
import { it } from 'vitest';
import { shaderSources } from '../../shaders/index';
import { requestDevice } from '../../src/engine/gpu/device';
import { Gpu } from '../../src/engine/gpu/gpu';
import { able, type Product, type Variant } from '../../src/engine/gpu/variants';
import * as linear from '../../src/engine/ops/linear';
import { Bench, dawn } from '../support/gpu';
import { log } from './log';
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
  const { device, facts } = await requestDevice(dawn());
  const gpu = new Gpu(device, shaderSources, facts.software);
  const counts = (process.env.ROWS ?? (facts.software ? '32' : '8,220,512')).split(',').map(Number);
  const results: Result[] = [];
  for (const [inputs, outputs] of shapes) {
    for (const rows of counts) {
      for (const product of ['forward', 'backward'] as const) {
        const bench = new Bench(gpu);
        results.push(...(await contest(jobOf(bench, product, rows, inputs!, outputs!), rounds)));
        console.log(table(results.slice(-able(product, rows).length)));
        bench.rec.destroy();
        bench.arena.destroy();
      }
    }
  }
  console.log(`${facts.description || facts.vendor}, ${rounds} rounds\n\n${table(results)}`);
  const how = `npm run measure -- variants, ${counts.join(', ')} rows, ${rounds} rounds`;
  log('variants of the matmul kernels', facts.description || facts.vendor, how, table(results));
});

function jobOf({ arena, rec, gpu }: Bench, product: Product, rows: number, inputs: number, outputs: number): Job {
  const x = arena.tensor('x', [rows, inputs]);
  const y = arena.tensor('y', [rows, outputs]);
  const part = { weight: arena.tensor('weight', [outputs, inputs], 'bf16'), y, dy: y };
  const contender = (variant: Variant): Contender => ({
    name: variant,
    run: async () => {
      gpu.variants.forced = variant;
      if (product === 'forward') linear.forward(rec, { x, rows }, [part]);
      else linear.backward(rec, { rows, dropout: 0, accumulate: false }, [part], x);
      await rec.submit();
      await gpu.device.queue.onSubmittedWorkDone();
      gpu.variants.forced = undefined;
    },
  });
  const given = gpu.variants.of(product, { rows, inputs, outputs });
  const variants = [given, ...able(product, rows).filter((variant) => variant !== given)];
  const name = `${product} ${rows} rows, ${inputs} and ${outputs}`;
  return { name, flops: 2 * rows * inputs * outputs, contenders: variants.map(contender) };
}
