/**
 * Where a step's time goes: every kind of dispatch (kernel and sizes) `REPEAT` times in one submit, and, where the adapter has
 * timestamps, all dispatches of one step in their places. Repeated, kernels may find their inputs in caches; in the step not.
 */
import type { Gpu } from '../../../src/engine/gpu/gpu';
import { type Dispatch, GpuRecorder, isEmpty } from '../../../src/engine/gpu/recorder';
import { median } from '../peers/contest';
import type { PassClock } from './clock';
import { settings } from './settings';
import { oneStep, type Stage } from './stage';

export interface Kind {
  readonly kernel: string;
  readonly sizes: string;
  readonly count: number;
  readonly flops: number;
  readonly bytes: number;
  /** Of one, repeated: by the GPU's clock where there is one, and by the host's with what the submit itself takes. */
  readonly milliseconds: number;
  readonly byHost: number;
  /** Of all in the step. */
  readonly inStep: number | undefined;
}

export interface Profile {
  readonly kinds: readonly Kind[];
  /** A step awaited: host until submitted, and until done. */
  readonly recorded: number;
  readonly done: number;
  /** From the step's first dispatch to the end of its last, by the GPU's clock. */
  readonly span: number | undefined;
}

export async function profile(gpu: Gpu, clock: PassClock | undefined, stage: Stage): Promise<Profile> {
  const dispatches = await dispatchesOf(stage);
  const spans = clock && (await clock.time(() => oneStep(stage), true));
  const alone = [await oneStep(stage), await oneStep(stage), await oneStep(stage)];
  const groups = new Map<string, number[]>();
  for (const [index, dispatch] of dispatches.entries()) {
    const key = keyOf(dispatch);
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  const kinds: Kind[] = [];
  for (const members of groups.values()) {
    const dispatch = dispatches[members[0]!]!;
    const took = members.map((index) => spans?.[index]).flatMap((span) => (span ? span.end - span.start : []));
    const { flops, bytes } = dispatch.work;
    kinds.push({
      ...{ kernel: kernelOf(dispatch), sizes: sizesOf(dispatch), count: members.length, flops, bytes },
      ...(await repeated(gpu, clock, dispatch)),
      inStep: took.length > 0 ? took.reduce((sum, one) => sum + one, 0) : undefined,
    });
  }
  const [first, last] = [spans?.[0], spans?.at(-1)];
  return {
    kinds: kinds.toSorted((a, b) => total(b) - total(a)),
    recorded: median(alone.map(({ recorded }) => recorded)),
    done: median(alone.map(({ done }) => done)),
    span: first && last ? last.end - first.start : undefined,
  };
}

export const total = ({ milliseconds, count }: Kind) => milliseconds * count;

/** What one step dispatches, in order. */
async function dispatchesOf(stage: Stage): Promise<readonly Dispatch[]> {
  const { dispatch } = GpuRecorder.prototype;
  const seen: Dispatch[] = [];
  GpuRecorder.prototype.dispatch = function (what) {
    if (!isEmpty(what)) seen.push(what);
    dispatch.call(this, what);
  };
  try {
    await oneStep(stage);
  } finally {
    GpuRecorder.prototype.dispatch = dispatch;
  }
  return seen;
}

/** Milliseconds of one. */
async function repeated(gpu: Gpu, clock: PassClock | undefined, dispatch: Dispatch) {
  const rec = new GpuRecorder(gpu);
  const run = async (times: number) => {
    for (let n = 0; n < times; n++) rec.dispatch(dispatch);
    const since = performance.now();
    let byHost = 0;
    const submitted = async () => {
      await rec.submit();
      await gpu.device.queue.onSubmittedWorkDone();
      byHost = (performance.now() - since) / times;
    };
    const [span] = (await (clock ? clock.time(submitted) : submitted())) ?? [];
    // Where timestamps say nothing, they were not written.
    const took = span ? (span.end - span.start) / times : 0;
    return { milliseconds: took > 0 ? took : byHost, byHost };
  };
  await run(1);
  const times = await run(settings.repeat);
  rec.destroy();
  return times;
}

function keyOf(dispatch: Dispatch): string {
  const { flops, bytes } = dispatch.work;
  return [kernelOf(dispatch), sizesOf(dispatch), flops, bytes].join('|');
}

function kernelOf({ stem, variant, entry, constants }: Dispatch): string {
  const given = Object.entries(constants ?? {}).map(([name, value]) => `${name}=${value}`);
  return `${stem}${variant ? `.${variant}` : ''}.${entry}(${given.join(',')})`;
}

const sized = ['rows', 'queries', 'keys', 'inputs', 'outputs', 'rank', 'width', 'queryPairs', 'count', 'vocabulary'];

function sizesOf({ params, grid }: Dispatch): string {
  const sizes = sized
    .map((name) => [name, [params?.[name] ?? 0].flat().filter((value) => value > 0)] as const)
    .flatMap(([name, values]) => (values.length > 0 ? `${name} ${values.join('+')}` : []));
  return [...sizes, `grid ${grid.join('×')}`].join(' ');
}
