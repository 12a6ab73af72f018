/**
 * `npm run bench`: our kernels and a whole training step beside jax-js, TensorFlow.js and onnxruntime-web, on the same adapter in the
 * same run; what one of them cannot do, or does otherwise, is left out for it.
 * `ROUNDS=7` rounds that count, `ROWS=32` rows of the matrices, `ONLY=matmul,adapter,divergence,attention,sft,distill,decode`. Writes test-results/bench.json and into LOG.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { it } from 'vitest';
import { shaderSources } from '../../shaders/index';
import { requestDevice } from '../../src/engine/gpu/device';
import { Gpu } from '../../src/engine/gpu/gpu';
import { Bench, dawn } from '../support/gpu';
import { log } from './log';
import type { Machine } from './peers/contenders';
import { contest, type Job, type Result, table } from './peers/contest';
import { adapterGradients, attentions, divergence, matmuls } from './peers/kernels';
import { jax, onnxRuntime, tensorflow } from './peers/peers';
import { decoding, trainingStep } from './peers/steps';

const rounds = Number(process.env.ROUNDS ?? 7);
const only = process.env.ONLY;

/** Inputs and outputs of the projections of a layer. */
const shapes = {
  '0.5B': [
    [896, 896],
    [896, 128],
    [896, 4864],
    [4864, 896],
  ],
  '3B': [
    [2048, 2048],
    [2048, 256],
    [2048, 11008],
    [11008, 2048],
  ],
} as const;

it('kernels beside those of other libraries', async () => {
  const { device, facts } = await requestDevice(dawn());
  // 218 tokens are a step of the published run; a CPU adapter would take minutes for each.
  const rows = Number(process.env.ROWS ?? (facts.software ? 32 : 218));
  const machine: Machine = {
    b: new Bench(new Gpu(device, shaderSources, facts.software)),
    jax: await jax(),
    tf: await tensorflow(),
    ort: await onnxRuntime(),
  };
  const every = [...shapes['0.5B'], ...shapes['3B']];
  const jobs: [name: string, make: () => Promise<Job | Job[]>][] = [
    ...every.map((shape): (typeof jobs)[number] => ['matmul', () => matmuls(machine, rows, shape)]),
    ...every.map((shape): (typeof jobs)[number] => ['adapter', () => adapterGradients(machine, rows, shape)]),
    ['divergence', () => divergence(machine, 128, 8192)],
    ['divergence', () => divergence(machine, 16, 151_936)],
    ['attention', () => attentions(machine, 220, { heads: 14, kvHeads: 2, headDim: 64 })],
    ['attention', () => attentions(machine, 220, { heads: 16, kvHeads: 2, headDim: 128 })],
    ['sft', () => trainingStep(machine, 'teacher')],
    ['distill', () => trainingStep(machine, 'student')],
    ['decode', () => decoding(machine)],
  ];
  const results: Result[] = [];
  for (const [name, make] of jobs) {
    if (only && !only.split(',').includes(name)) continue;
    for (const job of [await make()].flat()) results.push(...(await contest(job, rounds)));
    console.log(table(results.filter(({ job }) => job === results.at(-1)?.job)));
  }
  console.log(`${facts.description || facts.vendor}, ${rounds} rounds\n\n${table(results)}`);
  const settings = `${rows} rows, ${rounds} rounds${only ? `, ${only} only` : ''}`;
  log('beside other libraries', facts.description || facts.vendor, `npm run bench, ${settings}`, table(results));
  mkdirSync('test-results', { recursive: true });
  writeFileSync('test-results/bench.json', JSON.stringify({ adapter: facts, rounds, results }, null, 1));
});
