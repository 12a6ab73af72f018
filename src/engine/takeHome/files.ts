/** Every file about a run that stands beside its models; the same in the page's folders and zips and in the headless studio's. */
import { trainingStages } from '../runs/seriesData';
import type { Artifact } from '../studio';
import type { RunFacts } from './facts';
import { metrics } from './metrics';
import { recipeFile } from './recipeFile';
import { runFile } from './runFile';
import { stageLog } from './stageLog';
import { evaluationTable, stepTable } from './tables';
import { eventFile, eventFileName } from './tensorBoard';
import { lines } from './text';
import { trainerState } from './trainerState';

export interface RunFile {
  /** Folders before its name, with `/` between them. */
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface RunFilesOptions {
  /** What lies in the same folder; missing where results lie in folders of their own below it. */
  readonly artifact?: Artifact | undefined;
  /** With every answer of every evaluation: test questions stand in it, so it does not belong where others may read it. */
  readonly answers: boolean;
}

/** Each stage that took steps has a folder `runs/<stage>`, which TensorBoard shows as a run. */
export function* runFiles(facts: RunFacts, { artifact, answers }: RunFilesOptions): Iterable<RunFile> {
  const { record, evaluations } = facts;
  yield text('run.json', runFile(record, artifact));
  yield text('recipe.json', recipeFile(facts));
  yield text('metrics.jsonl', lines(metrics(facts)));
  yield text('evaluations.csv', evaluationTable(evaluations));
  if (answers) yield text('evaluations.jsonl', lines(evaluations));
  for (const stage of trainingStages) {
    const log = stageLog(facts, stage);
    if (!log) continue;
    const { evaluation } = record.stages[stage]?.recipe ?? record.recipe;
    yield text(`runs/${stage}/trainer_state.json`, trainerState(log, evaluation));
    yield text(`runs/${stage}/metrics.csv`, stepTable(log));
    yield { path: `runs/${stage}/${eventFileName(record.changed)}`, bytes: eventFile(log, record.changed) };
  }
}

function text(path: string, content: string): RunFile {
  return { path, bytes: new TextEncoder().encode(content) };
}
