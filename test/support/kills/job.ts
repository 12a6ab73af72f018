/** The job that is killed: the demo pair on a few rows, with everything that must come back on the way. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const demo = resolve('public');

/** Steps between checkpoints; the end of an epoch, every third step, has one too. */
export const INTERVAL = 2;

/** Three steps an epoch, each of two micro-steps but its last; dropout as always; later epochs take the teacher's states. */
const training = { batchSize: 4, accumulation: 2, warmupSteps: 2 };

/** `tested`: with test rows, which are asked on the way and at the ends of stages: that takes some more seconds. */
export function writeJob(folder: string, tested: boolean): string {
  const evaluation = tested
    ? { everySteps: 3, sampleRows: 1, lossRows: 2, maxNewTokens: 2 }
    : { everySteps: 0, maxNewTokens: 2 };
  const document = {
    ...{
      version: 1,
      output: 'out',
      stages: ['sft', 'merge', 'distill'],
      limits: { train: 22, ...(tested && { test: 2 }) },
    },
    ...{ teacher: join(demo, 'models/teacher'), student: join(demo, 'models/student') },
    ...{ train: join(demo, 'data/train.jsonl'), ...(tested && { test: join(demo, 'data/test.jsonl') }) },
    recipe: {
      ...{ sft: { ...training, epochs: 2 }, distill: { ...training, epochs: 3 }, evaluation },
      checkpoints: { everySteps: INTERVAL, everyMinutes: 0 },
    },
  };
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'recipe.json');
  writeFileSync(file, JSON.stringify(document));
  return file;
}

const figures = (line: string): object => {
  // Of the moment: how fast, and what else the card held.
  const { tokensPerSecond: _, memory: __, ...rest } = JSON.parse(line);
  return rest;
};

interface Reported {
  readonly seconds: number;
  readonly memory: { readonly planned: object; readonly held: { readonly tensors: number } };
}

/** Without what is of the process: its time, and the room for uniforms and readbacks that it came to need. */
function lasting({ seconds: _, memory: { planned, held }, ...stage }: Reported): object {
  return { ...stage, memory: { planned, held: held.tensors } };
}

export type Results = Readonly<Record<string, unknown>>;

/** Everything that a job leaves and that no time or path is in, by name. */
export function resultsIn(folder: string): Results {
  const read = (name: string) => readFileSync(join(folder, 'out', name));
  const report = JSON.parse(read('report.json').toString());
  const bytes = (name: string) => read(name).toString('base64');
  return {
    teacherAdapter: bytes('teacher-adapter/adapter_model.safetensors'),
    teacherMerged: bytes('teacher-merged/model.safetensors'),
    studentAdapter: bytes('student-adapter/adapter_model.safetensors'),
    studentDistilled: bytes('student-distilled/model.safetensors'),
    metrics: read('metrics.jsonl').toString().trim().split('\n').map(figures),
    evaluations: read('evaluations.jsonl').toString(),
    stages: report.stages.map(lasting),
    merged: report.merged,
  };
}
