/** Accuracies of a report, each with its n and how sure it is, and what decided which answers are right. */
import { subjects, type WholeRun, wilson } from '../../../store';
import type { Translate } from '../../i18n';
import { figure, percent } from '../../i18n/format';
import { judgesOf } from '../../results/latest';
import { evaluationsBySubject } from '../answers';
import { type Html, html } from './html';

export function accuracies({ record }: WholeRun, t: Translate): Html {
  const rows = subjects.flatMap((subject) => record.measured[subject] ?? []);
  const head = (['whose', 'accuracy', 'right', 'interval', 'atStep', 'testLoss'] as const).map(
    (key) => html`<th scope="col">${t(`report.${key}`)}</th>`,
  );
  return html`<section><h2>${t('report.accuracies')}</h2>
${
  rows.length === 0
    ? html`<p>${t('runs.notMeasured')}</p>`
    : html`<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows.map((row) => accuracy(row, t))}</tbody></table></div>`
}</section>`;
}

type Measured = NonNullable<WholeRun['record']['measured']['teacher-base']>;

function accuracy({ subject, correct, rows, complete, step, loss }: Measured, t: Translate): Html {
  const { low, high } = wilson(correct, rows);
  return html`<tr><th scope="row">${t(`subject.${subject}`)}</th>
<td><strong class="big">${rows > 0 ? percent(correct / rows) : '–'}</strong></td>
<td>${correct} / ${rows}${!complete && html` <span class="badge">${t('report.sample')}</span>`}</td>
<td>${percent(low)} – ${percent(high)}</td><td>${step}</td><td>${loss === undefined ? '–' : figure(loss)}</td></tr>`;
}

export function howJudged({ evaluations }: WholeRun, t: Translate): Html {
  const judges = judgesOf(evaluationsBySubject(evaluations));
  if (judges.length === 0) return html``;
  const said = judges.map(({ judged: { judge, judgePattern }, subjects: whose }) => {
    const names = whose.map((subject) => t(`subject.${subject}`)).join(t('need.join'));
    return html`<p>${judges.length > 1 && `${names}: `}<strong>${t('results.judgedBy', { judge: t(`option.${judge}`) })}</strong>
${judge === 'regex' && html`<code>${judgePattern}</code>`} ${t(`judge.${judge}`)}</p>`;
  });
  return html`<section><h3>${t('report.howJudged')}</h3>${said}</section>`;
}
