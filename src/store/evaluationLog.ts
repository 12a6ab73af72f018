/**
 * The log of an evaluation as the recipe prints it: every answer, the wrong ones again, the accuracy as last line.
 * The form is fixed Chinese in both languages of the page: people compare it line by line with other runs.
 */
import type { Evaluation } from './types';

export interface LogLine {
  readonly text: string;
  readonly kind: 'answer' | 'wrong' | 'accuracy';
}

export function evaluationLog(evaluation: Evaluation): readonly LogLine[] {
  const said = evaluation.answers.map((a) => `输入：${a.question} 输出：${a.output}`);
  const wrong = evaluation.answers.flatMap((a, i) => (a.correct ? [] : [`生成错误 ${said[i]}`]));
  const accuracy = evaluation.rows === 0 ? 0 : evaluation.correct / evaluation.rows;
  return [
    ...said.map((text): LogLine => ({ text, kind: 'answer' })),
    ...wrong.map((text): LogLine => ({ text, kind: 'wrong' })),
    { text: `准确率：${accuracy}`, kind: 'accuracy' },
  ];
}
