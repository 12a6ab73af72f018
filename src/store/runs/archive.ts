/** A kept run as one zip: everything that was measured in files that other programs read, and the adapters as PEFT folders. */
import { makeZip } from 'client-zip';
import { evaluationLog } from '../evaluationLog';
import { recipeDocument } from '../recipeFile';
import { type SeriesData, trainingStages } from '../series';
import { recipeAsRun } from './settings';
import type { WholeRun } from './shelf';

export interface ArchiveParts {
  readonly run: WholeRun;
  readonly adapters: readonly { readonly artifact: string; readonly files: readonly File[] }[];
  /** The report as a page of its own. */
  readonly report: string;
  /** Address of the recipe's JSON schema. */
  readonly schema: string;
}

interface Entry {
  readonly name: string;
  readonly input: string | File;
}

/** Made while it is read: no more than one file is held at a time. */
export function archive(parts: ArchiveParts): ReadableStream<Uint8Array> {
  const lastModified = new Date(parts.run.record.changed);
  return makeZip(entriesOf(parts).map((entry) => ({ ...entry, lastModified })));
}

export function entriesOf({ run, adapters, report, schema }: ArchiveParts): readonly Entry[] {
  const { record, curves, evaluations } = run;
  return [
    { name: 'report.html', input: report },
    { name: 'run.json', input: json(record) },
    { name: 'recipe.json', input: json(documentOf(record, schema)) },
    { name: 'metrics.jsonl', input: lines(metrics(curves)) },
    { name: 'evaluations.jsonl', input: lines(evaluations) },
    ...evaluations.map((evaluation, index) => ({
      name: `log/${String(index + 1).padStart(3, '0')}-${evaluation.subject}-step-${evaluation.step}.txt`,
      input: `${evaluationLog(evaluation)
        .map(({ text }) => text)
        .join('\n')}\n`,
    })),
    ...adapters.flatMap(({ artifact, files }) =>
      files.map((file) => ({ name: `${artifact}/${file.name}`, input: file })),
    ),
  ];
}

function documentOf(record: WholeRun['record'], schema: string) {
  const { models, data, includeControl } = record;
  const names = {
    teacher: models.teacher?.info.name,
    student: models.student?.info.name,
    teacherAdapter: models.teacher?.adapter?.name,
    studentAdapter: models.student?.adapter?.name,
    train: data.train?.name,
    test: data.test?.name,
  };
  return recipeDocument(schema, names, recipeAsRun(record), includeControl);
}

/** One step a line: the stage, the step, and every column that has a value there. */
export function metrics({ curves }: Pick<SeriesData, 'curves'>): readonly Readonly<Record<string, unknown>>[] {
  return trainingStages.flatMap((stage) => {
    const columns = Object.entries(curves[stage]);
    const length = Math.max(0, ...columns.map(([, column]) => column.length));
    return Array.from({ length }, (_, step) => {
      const values = columns.flatMap(([name, column]) => (column[step] == null ? [] : [[name, column[step]]]));
      return values.length > 0 ? { stage, step, ...Object.fromEntries(values) } : undefined;
    }).filter((line) => line !== undefined);
  });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function lines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
