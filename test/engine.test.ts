/** The engine through its one door, on the demo pair and a few rows: what the page and the worker rely on. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createStudioEngine } from '../src/engine/engine';
import { heldOn } from '../src/engine/gpu/held';
import { Kernels } from '../src/engine/kernels';
import type { Evaluation, Stage, StageEvent } from '../src/engine/studio';
import { defaultRecipe, type Recipe } from '../src/engine/train/recipe';
import { dawnWith } from './support/dawnWith';
import { demoModel, demoRows } from './support/demoPair';

const recipe: Recipe = {
  ...defaultRecipe,
  evaluation: { everySteps: 1, sampleRows: 2, lossRows: 3, maxNewTokens: 20 },
};

let engine: ReturnType<typeof createStudioEngine>;

/** The engine's own device; `slow` makes its news come late, refusals and ends of work in their order, as in a browser. */
const opened: { device?: GPUDevice; slow: boolean } = { slow: false };

function delayable(device: GPUDevice): GPUDevice {
  const late = () => new Promise((resolve) => setTimeout(resolve, opened.slow ? 20 : 0));
  const [listen, done] = [device.addEventListener.bind(device), device.queue.onSubmittedWorkDone.bind(device.queue)];
  device.addEventListener = (type: string, listener: unknown) =>
    listen(type, (event) => late().then(() => typeof listener === 'function' && listener(event)));
  device.queue.onSubmittedWorkDone = () => done().then((value) => late().then(() => value));
  return device;
}

beforeAll(async () => {
  engine = createStudioEngine(dawnWith((device) => (opened.device = delayable(device))));
  await engine.open();
});

async function run(stage: Stage, listen: (event: StageEvent) => void = () => {}, changed: Partial<Recipe> = {}) {
  const events: StageEvent[] = [];
  const result = await engine.run(stage, { ...recipe, ...changed }, (event) => {
    events.push(event);
    listen(event);
  });
  const evaluations = events.flatMap((event): Evaluation[] => (event.type === 'evaluation' ? [event.evaluation] : []));
  const steps = events.flatMap((event) => (event.type === 'step' ? [event.metrics] : []));
  return { result, events, evaluations, steps };
}

describe('the engine', () => {
  it('says what is missing before anything is loaded', async () => {
    await expect(createStudioEngine(undefined).open()).rejects.toMatchObject({ code: 'no-webgpu' });
    await expect(engine.run('sft', recipe, () => {})).rejects.toMatchObject({ code: 'no-model' });
  });

  it('loads the demo pair and rows', async () => {
    const teacher = await engine.loadModel('teacher', demoModel('teacher'));
    const student = await engine.loadModel('student', demoModel('student'));
    expect(student.parameters).toBeLessThan(0.6 * teacher.parameters);
    expect(teacher.bytes).toBeGreaterThanOrEqual(2 * teacher.parameters);
    expect((await engine.loadData('train', 'train.jsonl', demoRows('train', 12))).examples).toHaveLength(12);
    expect((await engine.loadData('test', 'test.jsonl', demoRows('test', 3))).examples).toHaveLength(3);
  });

  it('keeps the rows it has when a file has none, and the model it has when a folder is none', async () => {
    const broken = await engine.loadData('train', 'broken.jsonl', new Blob(['not json']));
    expect(broken.problems[0]).toMatchObject({ code: 'line-not-json', line: 1 });
    const empty = { kind: 'files', name: 'empty', files: [] } as const;
    await expect(engine.loadModel('teacher', empty)).rejects.toMatchObject({ code: 'files-missing' });
    const { evaluations } = await run('baseline');
    expect(evaluations.map(({ subject, rows }) => [subject, rows])).toEqual([
      ['teacher-base', 3],
      ['student-base', 3],
    ]);
  });

  it('answers as the base does before training: in words, and wrong', async () => {
    const { evaluations } = await run('baseline');
    for (const { correct, answers, loss } of evaluations) {
      expect(correct).toBe(0);
      expect(loss).toBeGreaterThan(0.5);
      for (const { output } of answers) expect(output).toContain('您提供的数字');
    }
  });

  it('refuses stages whose input is not there yet', async () => {
    await expect(engine.run('merge', recipe, () => {})).rejects.toMatchObject({ code: 'no-adapter-yet' });
    await expect(engine.run('distill', recipe, () => {})).rejects.toMatchObject({ code: 'not-merged' });
  });

  it('distils from a teacher as it was loaded, when the recipe says so', async () => {
    const changed = { distill: { ...recipe.distill, teacher: 'loaded' } } as const;
    const { result, steps } = await run('distill', undefined, changed);
    expect(result).toEqual({ outcome: 'done', steps: 2 });
    expect(steps[0]!.divergence).toBeGreaterThan(0);
    const { evaluations } = await run('evaluate', undefined, changed);
    expect(evaluations.map(({ subject, step }) => [subject, step])).toEqual([
      ['teacher-base', 0],
      ['student-distilled', 2],
    ]);
  });

  it('trains, merges, distils and evaluates; merging changes no answer', async () => {
    const sft = await run('sft');
    expect(sft.result).toEqual({ outcome: 'done', steps: 2 });
    expect(sft.evaluations.map(({ step, rows, complete }) => [step, rows, complete])).toEqual([
      [1, 2, false],
      [2, 3, true],
    ]);
    expect(sft.steps[0]).toMatchObject({ step: 1, totalSteps: 2, learningRate: 0, divergence: undefined });
    // Two of three rows are the sample; the third is asked beside it, with its loss, and no accuracy counts it.
    expect(sft.evaluations[0]!.worst.map(({ line, loss }) => [line, Number(loss) > 0])).toEqual([[3, true]]);
    const merged = await run('merge');
    const said = ({ answers }: Evaluation) => answers.map(({ output, correct }) => [output, correct]);
    expect(said(merged.evaluations[0]!)).toEqual(said(sft.evaluations[1]!));
    expect(merged.evaluations[0]!.step).toBe(2);
    const distilled = await run('distill');
    expect(distilled.result).toEqual({ outcome: 'done', steps: 2 });
    expect(distilled.steps[0]!.divergence).toBeGreaterThan(0);
    const control = await run('control');
    expect(control.steps[0]!.divergence).toBeUndefined();
    // The control run sees the same rows in the same order: its first step starts from the same student.
    expect(control.steps[0]!.crossEntropy).toBeCloseTo(distilled.steps[0]!.crossEntropy, 5);
    const final = await run('evaluate');
    expect(final.evaluations.map(({ subject, step }) => [subject, step])).toEqual([
      ['teacher-merged', 2],
      ['student-distilled', 2],
      ['student-sft', 2],
    ]);
  });

  it('refuses a second start while one runs, and new models and rows too', async () => {
    const running = run('baseline');
    await expect(engine.run('sft', recipe, () => {})).rejects.toMatchObject({ code: 'busy' });
    await expect(engine.loadData('test', 'x', demoRows('test', 1))).rejects.toMatchObject({ code: 'busy' });
    await expect(engine.loadModel('teacher', demoModel('teacher'))).rejects.toMatchObject({ code: 'busy' });
    await expect(engine.selfTest({ all: false }, () => {})).rejects.toMatchObject({ code: 'busy' });
    expect((await running).result.outcome).toBe('done');
  });

  it('keeps the adapter so far after a stop, and it can be merged', async () => {
    const { result } = await run('sft', (event) => {
      if (event.type === 'step' && event.metrics.step === 1) engine.stop();
    });
    expect(result).toEqual({ outcome: 'stopped', steps: 1 });
    expect((await run('merge')).result.outcome).toBe('done');
  });

  it('stops before the first step', async () => {
    const { result, steps } = await run('sft', (event) => {
      if (event.type === 'phase' && event.phase === 'compiling') engine.stop();
    });
    expect(result).toEqual({ outcome: 'stopped', steps: 0 });
    expect(steps).toEqual([]);
  });

  it('stops while it tokenises', async () => {
    await engine.loadData('train', 'train.jsonl', demoRows('train', 250));
    const { result, events } = await run('sft', (event) => {
      if (event.type === 'phase' && event.phase === 'tokenizing' && event.done > 0) engine.stop();
    });
    expect(result).toEqual({ outcome: 'stopped', steps: 0 });
    expect(events.filter((event) => event.type === 'phase' && event.phase !== 'tokenizing')).toEqual([]);
    await engine.loadData('train', 'train.jsonl', demoRows('train', 12));
    await run('sft');
  });

  it('keeps the trained adapter when the next run is stopped before its first step', async () => {
    await run('sft', (event) => {
      if (event.type === 'phase' && event.phase === 'compiling') engine.stop();
    });
    expect((await run('merge')).result.outcome).toBe('done');
  });

  it('keeps what was merged when the next merge of the same adapter fails while it is measured', async () => {
    const device = opened.device!;
    const { createBuffer } = device;
    const fail = (event: StageEvent): void => {
      if (event.type !== 'phase' || event.phase !== 'merging') return;
      device.createBuffer = () => {
        throw new Error('no room');
      };
    };
    await expect(run('merge', fail)).rejects.toThrow('no room');
    device.createBuffer = createBuffer;
    expect((await run('evaluate')).evaluations.map(({ subject }) => subject)).toContain('teacher-merged');
  });

  it('ends as stopped, not as done, when stopped in its last evaluation', async () => {
    const late = await run('merge', (event) => {
      if (event.type === 'phase' && event.phase === 'generating') engine.stop();
    });
    expect(late.result.outcome).toBe('stopped');
    expect(late.result.steps).toBeGreaterThan(0);
  });

  it('measures what was still compiling before a stage, and before it is asked which kernels compute', async () => {
    const [catchUp, choices] = [vi.spyOn(Kernels.prototype, 'catchUp'), vi.spyOn(Kernels.prototype, 'choices')];
    await run('baseline', () => engine.stop());
    await engine.chosenKernels();
    const both = [expect.anything(), expect.anything()];
    expect(catchUp.mock.calls).toEqual([[both], [both]]);
    expect(catchUp.mock.invocationCallOrder[1]).toBeLessThan(choices.mock.invocationCallOrder[0]!);
    vi.restoreAllMocks();
  });

  it('refuses a start while something is being loaded', async () => {
    const loading = engine.loadData('test', 'test.jsonl', demoRows('test', 3));
    await expect(engine.run('baseline', recipe, () => {})).rejects.toMatchObject({ code: 'still-loading' });
    await loading;
  });

  it('refuses a start while kernels are changed, and not while somebody looks at them', async () => {
    const changed = engine.kernels({ force: 'automatic' });
    await expect(engine.run('baseline', recipe, () => {})).rejects.toMatchObject({ code: 'still-loading' });
    await changed;
    const looked = engine.kernels({});
    await run('baseline', () => engine.stop());
    expect(await looked).toMatchObject({ forced: 'automatic' });
  });

  it('compares its kernels with their twins, refuses a start meanwhile, and stops when it is told', async () => {
    const held = () => [heldOn(opened.device!).tensors.bytes, heldOn(opened.device!).others.bytes];
    const before = held();
    const refused: Promise<unknown>[] = [];
    const { checks, stopped } = await engine.selfTest({ all: false }, ({ done }) => {
      if (done !== 2) return;
      refused.push(engine.run('baseline', recipe, () => {}).catch(({ code }) => code));
      engine.stopSelfTest();
    });
    expect(await Promise.all(refused)).toEqual(['self-testing']);
    expect([stopped, checks.map(({ passed }) => passed)]).toEqual([true, [true, true, true]]);
    expect(held()).toEqual(before);
  });

  it('forgets what was learnt from rows that are no longer there', async () => {
    await engine.loadData('train', 'train.jsonl', demoRows('train', 12));
    await expect(engine.run('merge', recipe, () => {})).rejects.toMatchObject({ code: 'no-adapter-yet' });
  });

  it('pauses and resumes with the phase it was in', async () => {
    const { events, result } = await run('sft', (event) => {
      if (event.type === 'step' && event.metrics.step === 1) engine.pause();
      if (event.type === 'phase' && event.phase === 'paused') setTimeout(() => engine.resume(), 10);
    });
    const phases = events.flatMap((event) => (event.type === 'phase' ? [event.phase] : []));
    const paused = phases.indexOf('paused');
    expect(paused).toBeGreaterThan(0);
    expect(phases[paused + 1]).toBe(phases[paused - 1]);
    expect(result).toEqual({ outcome: 'done', steps: 2 });
  });

  it('leaves out rows that are longer than the context and says which', async () => {
    const long = JSON.stringify({ instruction: '7'.repeat(2000), input: '', output: '1' });
    await engine.loadData('train', 'long.jsonl', new Blob([`${long}\n`, await demoRows('train', 8).text()]));
    const { events, steps } = await run('sft');
    const told = events.find((event) => event.type === 'problems');
    expect(told).toMatchObject({ split: 'train', problems: [{ line: 1 }] });
    expect(steps).toHaveLength(1);
  });

  it('a refusal that the driver tells late ends its own run, and not the next one', async () => {
    await engine.loadData('train', 'train.jsonl', demoRows('train', 12));
    opened.slow = true;
    const late = run('baseline', (event) => {
      // Two refusals in the last moment: the run would be done before their news comes.
      if (event.type !== 'evaluation' || event.evaluation.subject !== 'student-base') return;
      for (let i = 0; i < 2; i++) opened.device?.createBuffer({ size: 4, usage: 0 });
    });
    await expect(late).rejects.toMatchObject({ code: 'gpu-failed' });
    expect((await run('baseline')).result.outcome).toBe('done');
    opened.slow = false;
  });

  it('refuses a recipe that cannot be', async () => {
    const pattern: Recipe = { ...recipe, judge: 'regex', judgePattern: '(' };
    await expect(engine.run('sft', pattern, () => {})).rejects.toMatchObject({ code: 'recipe-invalid' });
    const bad = { ...recipe, sft: { ...recipe.sft, batchSize: 0 } };
    await expect(engine.run('sft', bad, () => {})).rejects.toMatchObject({ code: 'recipe-invalid' });
  });
});
