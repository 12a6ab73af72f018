/**
 * `npm run measure -- attention`: every kernel of attention at the heads of Qwen2.5-3B and 0.5B, packed rows behind a prefix,
 * one long row and decoding: as usual on this adapter, and with every choice of what the invocations of a workgroup share.
 * `TIMES=100` dispatches in one submit, `ROUNDS=3` of which the fastest counts, `TOKENS=220,512`; `SWEEP=0`: only as usual.
 */
import { it } from 'vitest';
import { shaderSources } from '../../shaders/index';
import { requestDevice } from '../../src/engine/gpu/device';
import { Gpu } from '../../src/engine/gpu/gpu';
import type { Recorder } from '../../src/engine/gpu/recorder';
import * as attention from '../../src/engine/ops/attention';
import { type Packed, pack } from '../../src/engine/selfTest/packed';
import { Bench, dawn } from '../support/gpu';
import { log } from './log';

/** What is asked for, or what the adapter can do in minutes. */
function settingsOf(software: boolean) {
  const of = (name: string, card: number, cpu: number) => Number(process.env[name] ?? (software ? cpu : card));
  const tokens = (process.env.TOKENS ?? (software ? '64' : '220,512')).split(',').map(Number);
  return { tokens, times: of('TIMES', 100, 1), rounds: of('ROUNDS', 3, 1), sweep: of('SWEEP', 1, 0) !== 0 };
}

const kernels = ['forward', 'backwardQuery', 'backwardKey'] as const;
type Kernel = (typeof kernels)[number];
type Sharing = attention.Attention['sharing'];
/** Constants as they are printed, and as the op takes them. */
type Contender = readonly [string, Sharing];

const shapes = [
  { heads: 16, kvHeads: 2, headDim: 128 },
  { heads: 14, kvHeads: 2, headDim: 64 },
];

/** A shared prefix, the own tokens of a row behind it, and in a cache what there is room for. */
const [PREFIX, OWN, ROOM] = [22, 26, 40];

interface Job {
  readonly name: string;
  readonly kernels: readonly Kernel[];
  readonly shape: (typeof shapes)[number];
  readonly batch: Omit<Packed, 'seenBy'> & Partial<Pick<Packed, 'seenBy'>>;
  readonly slots: number;
}

function jobs(tokens: readonly number[]): Job[] {
  const whole = (length: number) => pack(0, [length]);
  const rows = (length: number) => {
    const own = Math.max(0, length - PREFIX);
    const last = own % OWN;
    return pack(PREFIX, [...new Array<number>(Math.floor(own / OWN)).fill(OWN), ...(last > 0 ? [last] : [])]);
  };
  return shapes.flatMap((shape) => [
    ...tokens.flatMap((length) => [
      { name: `${length} packed`, kernels, shape, batch: rows(length), slots: length },
      { name: `${length} in one row`, kernels, shape, batch: whole(length), slots: length },
    ]),
    { name: '290 decoded', kernels: ['forward'] as const, shape, ...decoding(290) },
  ]);
}

function decoding(queries: number) {
  const keyStart = Array.from({ length: queries }, (_, i) => PREFIX + i * ROOM);
  const batch = { prefix: PREFIX, queries, keyStart, keyEnd: keyStart.map((start) => start + OWN) };
  return { batch, slots: PREFIX + queries * ROOM };
}

/** As usual, and every choice of constants: on a CPU adapter, other kernels than its own. */
function contenders(sweep: boolean): Contender[] {
  const swept: Contender[] = [];
  for (const width of [64, 128, 256])
    for (const block of [32, 64, 128].filter((most) => most <= width))
      for (const rows of [1, 2, 4])
        for (const parts of [4, 8, 16])
          swept.push([`${width} ${rows} ${block} ${parts}`, { width, rows, block, parts }]);
  return [['usual', undefined], ...(sweep ? swept : [])];
}

type Record = (kernel: Kernel, sharing: Sharing) => void;

/** What records one kernel of a job, with what backwardQuery needs before it. */
function recorderOf(bench: Bench, { shape, batch, slots }: Job): Record {
  const { arena, rec } = bench;
  const { heads, kvHeads, headDim } = shape;
  const { queries } = batch;
  const wide = (name: string) => arena.tensor(name, [queries, heads, headDim]);
  const narrow = (name: string) => arena.tensor(name, [slots, kvHeads, headDim]);
  const given = { ...shape, prefix: batch.prefix, queries, keys: slots, pairs: 0 };
  const places = { keyStart: bench.u32('keyStart', batch.keyStart), keyEnd: bench.u32('keyEnd', batch.keyEnd) };
  const a = { ...given, ...places, q: wide('q'), k: narrow('k'), v: narrow('v') };
  const seenBy = bench.u32('seenBy', batch.seenBy?.flat() ?? [0, 0]);
  const saved = { seenBy, out: wide('out'), stats: arena.tensor('stats', [queries, heads, 2]) };
  const [dOut, grads] = [wide('dOut'), { dq: wide('dq'), dk: narrow('dk'), dv: narrow('dv') }];
  return (kernel, sharing) => {
    const only: Recorder = {
      ...{ software: rec.software, variants: rec.variants, copy: () => {}, clear: () => {} },
      scratch: (use) => rec.scratch(use),
      dispatch: (what) => {
        const before = kernel === 'backwardQuery' && what.entry === 'backwardDelta';
        if (what.entry === kernel || before) rec.dispatch(what);
      },
    };
    if (kernel === 'forward') attention.forward(only, { ...a, sharing }, saved.out, saved.stats);
    else attention.backward(only, { ...a, sharing }, saved, dOut, grads);
  };
}

/**
 * Microseconds of one dispatch, for every contender: `times` of them in a submit, and the fastest of `rounds` submits. Writing
 * the commands takes about as long as a fast kernel, and the card begins when that is done: so does the clock.
 */
async function measure({ rec, gpu }: Bench, records: readonly (() => void)[], times: number, rounds: number) {
  const milliseconds = async () => {
    await rec.submit();
    const since = performance.now();
    await gpu.device.queue.onSubmittedWorkDone();
    return performance.now() - since;
  };
  // All are compiled at once.
  for (const record of records) record();
  await milliseconds();
  const fastest = records.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++) {
    for (const [index, record] of records.entries()) {
      for (let n = 0; n < times; n++) record();
      fastest[index] = Math.min(fastest[index]!, (1000 * (await milliseconds())) / times);
    }
  }
  return fastest;
}

const micro = (time: number) => time.toFixed(1);
const order = (values: readonly number[]) => [...values.keys()].toSorted((x, y) => values[x]! - values[y]!);

/** Per kernel and head size, the constants that are least far from the fastest of each job. */
function verdict(all: readonly Contender[], results: readonly Result[]): string {
  const groups = [...new Set(results.map(({ group }) => group))];
  const lines = groups.map((group) => {
    const rows = results.filter((result) => result.group === group).map(({ values }) => values);
    const slower = all.map((_, i) => {
      const logs = rows.map((values) => Math.log(values[i]! / Math.min(...values)));
      return Math.exp(logs.reduce((sum, value) => sum + value, 0) / logs.length);
    });
    const best = order(slower).slice(0, 6);
    return `${group}: ${[0, ...best].map((i) => `${all[i]![0]} ×${slower[i]!.toFixed(2)}`).join(', ')}`;
  });
  return ['How far from the fastest, on average over the jobs (width rows block parts):', ...lines].join('\n');
}

interface Result {
  readonly group: string;
  readonly line: string;
  readonly values: readonly number[];
}

function resultOf(job: Job, kernel: Kernel, all: readonly Contender[], values: readonly number[]): Result {
  const { heads, kvHeads, headDim } = job.shape;
  const best = order(values).slice(0, 3);
  const fastest = best.map((i) => `${all[i]![0]}: ${micro(values[i]!)}`).join('; ');
  const line = `| ${heads}/${kvHeads}/${headDim}, ${job.name}, ${kernel} | ${micro(values[0]!)} | ${fastest} |`;
  return { group: `${kernel}, ${headDim}`, line, values };
}

it('attention', async () => {
  const { device, facts } = await requestDevice(dawn());
  const gpu = new Gpu(device, shaderSources, facts.software);
  const { tokens, times, rounds, sweep } = settingsOf(facts.software);
  const all = contenders(sweep);
  const head = '| µs | as usual | fastest (width rows block parts) |\n| --- | ---: | --- |';
  const results: Result[] = [];
  console.log(head);
  for (const job of jobs(tokens)) {
    const bench = new Bench(gpu);
    const record = recorderOf(bench, job);
    for (const kernel of job.kernels) {
      const records = all.map(
        ([, sharing]) =>
          () =>
            record(kernel, sharing),
      );
      results.push(resultOf(job, kernel, all, await measure(bench, records, times, rounds)));
      console.log(results.at(-1)!.line);
    }
    bench.rec.destroy();
    bench.arena.destroy();
  }
  const table = [head, ...results.map(({ line }) => line), '', verdict(all, results)].join('\n');
  console.log(table);
  const how = `npm run measure -- attention, ${times} times in a submit, fastest of ${rounds}`;
  log('kernels of attention', facts.description || facts.vendor, how, table);
});
