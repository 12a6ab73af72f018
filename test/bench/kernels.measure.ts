/**
 * Where the time of the demo's training goes: every kernel of SFT and of distillation alone, submitted and awaited.
 * `npm run measure -- kernels`; `STEPS=8` optimizer steps of each, of which the fastest of each dispatch counts.
 */
import { it } from 'vitest';
import { createStudioEngine } from '../../src/engine/engine';
import { type Dispatch, GpuRecorder } from '../../src/engine/gpu/recorder';
import { demoModel, demoRecipe, demoRows } from '../support/demoPair';
import { dawn } from '../support/gpu';

const steps = Number(process.env.STEPS ?? 8);

/** Milliseconds of the n-th dispatch of every submit, keyed by how many it has (a step, a decoding round …) and n. */
type Times = Map<string, { kernel: string; milliseconds: number[] }>;

/** Makes every recorder submit its commands one by one; returns what is measured from then on, and the way back. */
function timeEachDispatch(times: Times): () => void {
  const { dispatch, copy, clear, submit } = GpuRecorder.prototype;
  const waiting = new WeakMap<GpuRecorder, { name?: string; record: () => void }[]>();
  const queue = (rec: GpuRecorder) => waiting.get(rec) ?? waiting.set(rec, []).get(rec)!;
  GpuRecorder.prototype.dispatch = function (what) {
    queue(this).push({ name: kernelName(what), record: () => dispatch.call(this, what) });
  };
  GpuRecorder.prototype.copy = function (from, to) {
    queue(this).push({ record: () => copy.call(this, from, to) });
  };
  GpuRecorder.prototype.clear = function (to) {
    queue(this).push({ record: () => clear.call(this, to) });
  };
  GpuRecorder.prototype.submit = async function () {
    const commands = queue(this);
    waiting.delete(this);
    for (const [n, { name, record }] of commands.entries()) {
      record();
      const since = performance.now();
      await submit.call(this);
      await this.gpu.device.queue.onSubmittedWorkDone();
      const key = `${commands.length}/${n}/${name}`;
      if (name === undefined) continue;
      if (!times.has(key)) times.set(key, { kernel: name, milliseconds: [] });
      times.get(key)!.milliseconds.push(performance.now() - since);
    }
  };
  return () => Object.assign(GpuRecorder.prototype, { dispatch, copy, clear, submit });
}

function kernelName({ stem, entry, params }: Dispatch): string {
  const width = params?.inputs && params.outputs ? ` ${params.inputs}→${params.outputs}` : '';
  return `${stem}.${entry}${width}`;
}

function table(times: Times): string {
  const sums = new Map<string, { count: number; milliseconds: number }>();
  for (const { kernel, milliseconds } of times.values()) {
    // Those that ran in every step; what was seen once is loading or evaluation.
    if (milliseconds.length < steps - 1) continue;
    const sum = sums.get(kernel) ?? { count: 0, milliseconds: 0 };
    sums.set(kernel, { count: sum.count + 1, milliseconds: sum.milliseconds + Math.min(...milliseconds) });
  }
  const rows = [...sums].sort(([, a], [, b]) => b.milliseconds - a.milliseconds);
  const total = rows.reduce((sum, [, { milliseconds }]) => sum + milliseconds, 0);
  const lines = rows.map(([kernel, { count, milliseconds }]) => {
    const share = ((100 * milliseconds) / total).toFixed(1);
    return `  ${kernel.padEnd(34)} ${String(count).padStart(4)} × ${(milliseconds / count).toFixed(2).padStart(7)} ms = ${milliseconds.toFixed(0).padStart(5)} ms ${share.padStart(5)} %`;
  });
  return [`a step: ${total.toFixed(0)} ms`, ...lines].join('\n');
}

it('kernels of a training step', async () => {
  const engine = createStudioEngine(dawn());
  const report = [(await engine.open()).description];
  for (const role of ['teacher', 'student'] as const) await engine.loadModel(role, demoModel(role));
  await engine.loadData('train', 'train', demoRows('train', 8 * steps));
  await engine.loadData('test', 'test', demoRows('test', 1));
  for (const stage of ['sft', 'merge', 'distill'] as const) {
    const times: Times = new Map();
    const restore = stage === 'merge' ? () => {} : timeEachDispatch(times);
    await engine.run(stage, demoRecipe(42), () => {});
    restore();
    if (stage !== 'merge') report.push(`${stage}: ${table(times)}`);
  }
  console.log(report.join('\n'));
});
