/** Which matmul kernels are fastest for a model on this adapter: every product of a layer and of the head is tried out. */

import { Arena } from '../gpu/arena';
import type { Clock } from '../gpu/clock';
import type { Gpu } from '../gpu/gpu';
import { withMemoryCheck } from '../gpu/memory';
import { GpuRecorder } from '../gpu/recorder';
import type { Extent, Product, Variant } from '../gpu/variants';
import * as linear from '../ops/linear';
import { chunkRows } from './head';
import { projectionGroups } from './projections';
import type { Model } from './weights';

interface Case extends Extent {
  readonly product: Product;
  readonly weights: readonly linear.Linear[];
}

/** Tokens of packed batches first, then those of decoding: what comes late may not be reached. */
const trainingRows = [256, 512];
const decodingRows = [64, 8];

/** Bytes of the largest output that is made for a trial. */
const MOST_BYTES = 160 * 2 ** 20;

/** Dispatches that are timed as one, so that submitting weighs little. */
const REPEATED = 4;

/**
 * Measures what `gpu.variants` does not know yet, for at most about `budget` milliseconds by the clock. Kernels that are not
 * compiled by then go on compiling: `late`, whoever asks again finds them. Without memory for a trial, nothing is learnt.
 */
export async function tune(gpu: Gpu, model: Model, budget: number, clock: Clock): Promise<'late' | undefined> {
  const until = clock.now() + budget;
  for (const each of casesOf(model)) {
    if (clock.now() >= until) return undefined;
    if (gpu.variants.knows(each.product, each)) continue;
    const refused = (reason: string) => new Error(reason);
    const measure = () => measureCase(gpu, each, clock, until);
    const milliseconds = await withMemoryCheck(gpu.device, refused, measure).catch(() => undefined);
    if (!milliseconds || milliseconds === 'late') return milliseconds;
    const { product, rows, inputs, outputs } = each;
    gpu.variants.learn({ product, rows, inputs, outputs, milliseconds });
  }
  return undefined;
}

/** What the dispatches of a layer and of the head multiply: groups whose weights lie in one buffer, else each of them. */
function productsOf({ weights: { layers, head } }: Model): readonly Omit<Case, 'product' | 'rows'>[] {
  const layer = layers[0]!;
  const groups = projectionGroups.flatMap((group): linear.Linear[][] => {
    const members = group.map((projection) => layer[projection]);
    const buffers = new Set(members.map(({ weight }) => weight.buffer));
    return buffers.size === 1 ? [members] : members.map((member) => [member]);
  });
  return [...groups, [{ weight: head[0]!.weight }]].map((weights) => {
    const outputs = weights.reduce((sum, { weight }) => sum + weight.shape[0]!, 0);
    return { weights, outputs, inputs: weights[0]!.weight.shape[1]! };
  });
}

function casesOf(model: Model): readonly Case[] {
  const { vocabulary } = model.config;
  const of = (product: Product, counts: readonly number[]) =>
    counts.flatMap((count) =>
      productsOf(model).map((each): Case => {
        // The head is computed in chunks.
        const rows = each.outputs === vocabulary ? Math.min(count, chunkRows(vocabulary, count)) : count;
        return { ...each, product, rows };
      }),
    );
  return [...of('forward', trainingRows), ...of('backward', trainingRows), ...of('forward', decodingRows)]
    .toSorted((a, b) => order(a) - order(b))
    .filter(({ inputs, outputs, rows }) => inputs % 8 === 0 && 4 * rows * outputs <= MOST_BYTES);
}

/** By how many rows it is for; a chunk of the head goes with the first. */
const order = ({ rows }: Case) => Math.max(0, [...trainingRows, ...decodingRows].indexOf(rows));

/**
 * Milliseconds of one dispatch by every variant that can do it; compiling them takes longest and is done at the same time.
 * `late` when that is not over at `until`.
 */
async function measureCase(gpu: Gpu, { product, rows, inputs, weights }: Case, clock: Clock, until: number) {
  const arena = new Arena(gpu.device, 'trial');
  const before = gpu.variants.forced;
  // Registers, which can be a hundred times as slow as the others on a card, come last.
  const variants = gpu.variants.able(product, rows).toReversed();
  const trials = variants.map((variant) => ({ variant, rec: new GpuRecorder(gpu) }));
  try {
    const x = arena.tensor('x', [rows, inputs]);
    const named = weights.map(({ weight }, part) => ({ name: `y${part}`, shape: [rows, weight.shape[0]!] }));
    const ys = arena.beside(named, 'f32');
    const parts = weights.map(({ weight }, part) => ({ weight, y: ys[part]!, dy: ys[part]! }));
    const record = ({ variant, rec }: Trial) => {
      gpu.variants.forced = variant;
      if (product === 'forward') linear.forward(rec, { x, rows }, parts);
      else linear.backward(rec, { rows, dropout: 0, accumulate: false }, parts, x);
    };
    for (const trial of trials) record(trial);
    if (!(await clock.within(compile(gpu, trials), until - clock.now()))) return 'late';
    return await compare(gpu, trials, record, clock);
  } finally {
    gpu.variants.forced = before;
    for (const { rec } of trials) rec.destroy();
    arena.destroy();
  }
}

interface Trial {
  readonly variant: Variant;
  readonly rec: GpuRecorder;
}

/** What an adapter cannot compile is found when it is to run: that is no error of the page. */
async function compile(gpu: Gpu, trials: readonly Trial[]): Promise<void> {
  gpu.device.pushErrorScope('validation');
  const compiling = Promise.allSettled(trials.map(({ rec }) => rec.compile()));
  // Scopes are a stack: this one must not be open while it is waited for, and maybe no longer.
  await gpu.device.popErrorScope();
  await compiling;
}

/** `trials` have recorded once; `record` does it again. */
async function compare(gpu: Gpu, trials: readonly Trial[], record: (trial: Trial) => void, clock: Clock) {
  const milliseconds: Partial<Record<Variant, number>> = {};
  let best = Number.POSITIVE_INFINITY;
  for (const trial of trials) {
    const took = await withoutErrors(gpu, () => timed(trial, record, clock, best));
    if (took === undefined) gpu.variants.refuse(trial.variant);
    else milliseconds[trial.variant] = took;
    best = Math.min(best, took ?? best);
  }
  return milliseconds;
}

/** Undefined where the adapter cannot compile a kernel or refuses to run it. */
async function withoutErrors<T>(gpu: Gpu, work: () => Promise<T>): Promise<T | undefined> {
  gpu.device.pushErrorScope('validation');
  const took = await work().catch(() => undefined);
  const error = await gpu.device.popErrorScope();
  return error ? undefined : took;
}

/** So many times the best so far, even the first time, is not worth another look. */
const HOPELESS = 4;

/** The better of two, after one that warms up and was recorded before. */
async function timed(trial: Trial, record: (trial: Trial) => void, clock: Clock, best: number): Promise<number> {
  const run = async (times: number): Promise<number> => {
    const submit = await trial.rec.prepare();
    const since = clock.now();
    submit();
    await trial.rec.gpu.device.queue.onSubmittedWorkDone();
    return (clock.now() - since) / times;
  };
  const again = (): Promise<number> => {
    for (let n = 0; n < REPEATED; n++) record(trial);
    return run(REPEATED);
  };
  const first = await run(1);
  return first > HOPELESS * best ? first : Math.min(await again(), await again());
}
