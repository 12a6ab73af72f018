import { expect, it } from 'vitest';
import { shaderSources } from '../../shaders/index';
import { Gpu } from '../../src/engine/gpu/gpu';
import { GpuRecorder } from '../../src/engine/gpu/recorder';
import { download } from '../../src/engine/gpu/transfer';
import { pcg3d } from '../../src/engine/selfTest/reference/random';
import { bench } from '../support/gpu';

const probe = `
#import lib/random
@group(0) @binding(0) var<storage, read> counters: array<u32>;
@group(0) @binding(1) var<storage, read_write> words: array<u32>;
@compute @workgroup_size(64)
fn hash(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x * 3u;
  if (at >= arrayLength(&counters)) { return; }
  let v = pcg3d(vec3u(counters[at], counters[at + 1u], counters[at + 2u]));
  words[at] = v.x;
  words[at + 1u] = v.y;
  words[at + 2u] = v.z;
}`;

const corners = [0, 1, 2, 42, 0x7fffffff, 0x80000000, 0xffffffff];
const counters = corners.flatMap((x) => corners.flatMap((y) => corners.flatMap((z) => [x, y, z])));

it('pcg3d agrees with its twin bit for bit', async () => {
  const b = await bench();
  const rec = new GpuRecorder(new Gpu(b.gpu.device, new Map([...shaderSources, ['probe.wgsl', probe]]), true));
  const words = b.u32('words', new Uint32Array(counters.length));
  const bind = { counters: b.u32('counters', counters), words };
  rec.dispatch({
    stem: 'probe',
    entry: 'hash',
    bind,
    grid: [Math.ceil(counters.length / 192)],
    work: { flops: 0, bytes: 0 },
  });
  await rec.submit();
  const actual = new Uint32Array(await download(b.gpu, words));
  rec.destroy();
  const expected: number[] = [];
  for (let at = 0; at < counters.length; at += 3) {
    expected.push(...pcg3d(counters[at]!, counters[at + 1]!, counters[at + 2]!));
  }
  expect([...actual]).toEqual(expected);
  // Negative control: the counters are not passed through.
  expect([...actual]).not.toEqual(counters);
});

it('pcg3d spreads neighbouring counters evenly over [0, 2³²)', () => {
  const buckets = new Float64Array(64);
  const draws = 64_000;
  for (let i = 0; i < draws; i++) buckets[pcg3d(42, i % 320, Math.floor(i / 320))[0] >>> 26]! += 1;
  const expected = draws / buckets.length;
  const chiSquare = buckets.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 63 degrees of freedom: mean 63, standard deviation 11.2.
  expect(chiSquare).toBeGreaterThan(63 - 5 * 11.2);
  expect(chiSquare).toBeLessThan(63 + 5 * 11.2);
});
