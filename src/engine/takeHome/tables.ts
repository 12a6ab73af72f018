/** What was measured as tables that spreadsheets and pandas open. */
import { wilson } from '../runs/interval';
import type { JudgedEvaluation } from '../runs/wholeRun';
import { evaluatedNames, type StageLog, trainNames } from './stageLog';
import { csv } from './text';

/** One step a line. */
export function stepTable({ log }: StageLog): string {
  const names = [...Object.values(trainNames), ...evaluatedNames.map((name) => `eval_${name}`)];
  const rows = log
    .map(({ step, epoch, train, evaluated }) => {
      const measured = Object.entries(evaluated).map(([name, value]) => [`eval_${name}`, value]);
      return { step, epoch, ...train, ...Object.fromEntries(measured) };
    })
    .filter((row) => Object.keys(row).length > 2);
  return csv(['step', 'epoch', ...names], rows);
}

/** One evaluation a line, with Wilson's interval of 95 %; `complete` where all test rows were asked. */
export function evaluationTable(evaluations: readonly JudgedEvaluation[]): string {
  const columns = ['subject', 'step', 'correct', 'rows', 'accuracy', 'low95', 'high95', 'loss', 'complete', 'judge'];
  const rows = evaluations.map(({ subject, step, correct, rows, loss, complete, judged }) => {
    const { low, high } = wilson(correct, rows);
    const share = rows > 0 ? { accuracy: correct / rows, low95: low, high95: high } : {};
    return { subject, step, correct, rows, ...share, loss, complete, judge: judged.judge };
  });
  return csv(columns, rows);
}
