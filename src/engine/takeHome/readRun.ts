/** The files about a run, read back into a run: whoever wrote them, nothing of them is believed unchecked. */
import * as v from 'valibot';
import { linesOf, parseJson } from '../bounded';
import { evaluation as evaluationSchema } from '../runs/facts';
import type { JudgedEvaluation, WholeRun } from '../runs/wholeRun';
import type { Artifact } from '../studio';
import { StudioError, shorten } from '../studioError';
import { seriesFrom } from './metrics';
import { readRunFile } from './runFile';

/** Texts of `run.json`, `metrics.jsonl` and `evaluations.jsonl`; the last two may be missing. */
export interface RunTexts {
  readonly run: string;
  readonly metrics: string | undefined;
  readonly evaluations: string | undefined;
}

export interface RunInFolder {
  readonly run: WholeRun;
  /** What lies beside the files; missing where results lie in folders of their own. */
  readonly artifact: Artifact | undefined;
}

/**
 * `name` is the folder's. Where it holds no answers, the evaluations are those of the metrics, without. Throws a StudioError as
 * `readRunFile`, or `run-file-damaged` with the file and the line.
 */
export function readRun(name: string, texts: RunTexts): RunInFolder {
  const { record, artifact } = readRunFile(name, texts.run);
  const metrics = valuesOf(name, 'metrics.jsonl', texts.metrics);
  const evaluated = metrics.filter(({ value }) => typeof value === 'object' && value !== null && 'subject' in value);
  const told = texts.evaluations === undefined ? evaluated : valuesOf(name, 'evaluations.jsonl', texts.evaluations);
  const evaluations = told.map((line) => evaluationIn(name, line));
  const curves = seriesFrom([...metrics.map(({ value }) => value), ...evaluations]);
  return { run: { record, curves, evaluations }, artifact };
}

interface Line {
  readonly file: string;
  readonly number: number;
  readonly value: unknown;
}

function valuesOf(name: string, file: string, text = ''): readonly Line[] {
  return Array.from(linesOf(text), ([number, line]) => {
    const place = { file, number };
    try {
      return { ...place, value: parseJson(line) };
    } catch (error) {
      throw damaged(name, place, error instanceof Error ? error.message : String(error));
    }
  });
}

function evaluationIn(name: string, line: Line): JudgedEvaluation {
  const result = v.safeParse(evaluationSchema, line.value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw damaged(name, line, shorten(`${v.getDotPath(issue) ?? 'it'}: ${issue.message}`));
}

function damaged(name: string, { file, number }: Omit<Line, 'value'>, reason: string): StudioError {
  const message = `The run in "${name}" cannot be read: line ${number} of ${file} is damaged (${reason}).`;
  return new StudioError('run-file-damaged', message, { name, file, line: number, reason });
}
