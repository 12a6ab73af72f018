/** A run as it is kept, with figures that are easy to tell apart; `said` is whatever people and files can write into one. */
import type { RunRecord } from '../../src/engine/runs/record';
import { complete, gap } from '../../src/engine/runs/seriesData';
import type { JudgedEvaluation, WholeRun } from '../../src/engine/runs/wholeRun';
import type { ModelOrigin, Subject } from '../../src/engine/studio';
import { defaultRecipe } from '../../src/engine/train/recipe';
import { evaluationOf, facts, modelInfo } from './fakeEngine';

export const hubOrigin: ModelOrigin = {
  ...{ repository: 'Qwen/Qwen2.5-3B-Instruct', commit: 'a'.repeat(40), stated: 'hub' },
  licence: { id: 'qwen-research', link: 'https://hub.test/LICENSE', commercial: false, ownTerms: true },
};

export interface Changes {
  readonly said?: string;
  readonly teacher?: ModelOrigin | undefined;
  readonly student?: ModelOrigin | undefined;
}

/** SFT of 4 of 6 steps, distillation of 2 of 2, both measured. */
export function keptRun({ said = 'plain', teacher, student }: Changes = {}): WholeRun {
  const judged = { judge: 'sum', judgePattern: said } as const;
  const evaluate = (subject: Subject, step: number, correct: number): JudgedEvaluation => ({
    ...evaluationOf(subject, step, correct, 10),
    judged,
  });
  const evaluations = [
    ...[evaluate('teacher-base', 0, 0), evaluate('teacher-sft', 4, 9), evaluate('teacher-merged', 4, 8)],
    evaluate('student-distilled', 2, 7),
  ];
  const curves = complete({
    curves: {
      sft: {
        ...{ loss: [gap, 4, 3, 2, 1], learningRate: [gap, 1e-3, 2e-3, 2e-3, 1e-3] },
        ...{ gradientNorm: [gap, 0.5, 0.25, 0.75, 0.125], testLoss: [gap, gap, 0.75, gap, 0.5] },
      },
      distill: { loss: [gap, 0.5, 0.25], divergence: [gap, 0.125, 0.0625], testLoss: [gap, gap, 0.5] },
    },
    accuracy: {
      'teacher-base': [0],
      'teacher-sft': [gap, gap, gap, gap, 0.9],
      'student-distilled': [gap, gap, 0.7],
    },
    accuracyRows: {
      'teacher-base': [10],
      'teacher-sft': [gap, gap, gap, gap, 10],
      'student-distilled': [gap, gap, 10],
    },
  });
  const recipe = {
    ...defaultRecipe,
    seed: 7,
    sft: { ...defaultRecipe.sft, epochs: 3, batchSize: 5 },
    systemPrompt: said,
  };
  const model = (name: string, origin: ModelOrigin | undefined) => ({
    source: { kind: 'files', name } as const,
    info: { ...modelInfo(name), ...(origin && { origin }) },
  });
  const record = {
    ...{
      version: 1,
      id: 'one',
      name: said,
      note: said,
      software: '0.1.0',
      started: 1_700_000_000_000,
      changed: 1_700_000_100_000,
    },
    gpu: { ...facts, features: [...facts.features], limits: {}, description: said },
    models: { teacher: model(`${said} teacher`, teacher), student: model(`${said} student`, student) },
    data: { train: { name: `${said}.jsonl`, demo: false, rows: 10, problems: 1, fingerprint: 'f'.repeat(64) } },
    ...{ recipe, demoValues: [], includeControl: false },
    stages: {
      sft: { state: 'stopped', steps: 4, milliseconds: 2000, totalSteps: 6, recipe },
      merge: { state: 'done', steps: 0, milliseconds: 10, recipe },
      distill: { state: 'done', steps: 2, milliseconds: 1000, totalSteps: 2, recipe },
    },
    measured: Object.fromEntries(
      evaluations.map(({ answers: _, worst: __, ...measured }) => [measured.subject, measured]),
    ),
    ...{ losses: { sft: { step: 4, train: 1, test: 0.5 } }, held: {}, adapters: {} },
  } as unknown as RunRecord;
  return { record, curves, evaluations };
}
