/** The same questions answered by every model, as a table of a report. */
import { type Answer, type Subject, subjects, type WholeRun } from '../../../store';
import type { Translate } from '../../i18n';
import { compare } from '../../results/comparison';
import { latest } from '../../results/latest';
import { evaluationsBySubject } from '../answers';
import { type Html, html } from './html';

/** More rows than anybody reads make a file that browsers open slowly. */
const mostRows = 2000;

export function predictions({ evaluations }: WholeRun, t: Translate): Html {
  const by = evaluationsBySubject(evaluations);
  const measured = subjects.flatMap((subject) => latest(by[subject]) ?? []);
  const rows = compare(measured);
  const asked = measured.map(({ subject }) => subject);
  const title = html`<h2>${t('report.predictions')}</h2>`;
  if (rows.length === 0) return html`<section>${title}<p>${t('report.noPredictions')}</p></section>`;
  const left = rows.length > mostRows && t('report.predictionsLeft', { shown: mostRows, all: rows.length });
  const body = rows.slice(0, mostRows).map(
    ({ question, expected, answers }) => html`<tr><td class="text">${question}</td><td class="text">${expected}</td>
${asked.map((subject) => cell(answers[subject], t))}</tr>`,
  );
  return html`<section>${title}${left !== false && html`<p>${left}</p>`}<div class="scroll"><table><thead><tr>
<th scope="col">${t('data.question')}</th><th scope="col">${t('results.expected')}</th>${asked.map((subject) => head(subject, t))}</tr></thead>
<tbody>${body}</tbody></table></div></section>`;
}

function head(subject: Subject, t: Translate): Html {
  return html`<th scope="col">${t(`subject.${subject}`)}</th>`;
}

/** A mark beside the colour: never the colour alone. */
function cell(answer: Answer | undefined, t: Translate): Html {
  if (!answer) return html`<td class="muted">${t('results.notAsked')}</td>`;
  const { correct, output } = answer;
  return html`<td class="text"><span class="${correct ? 'right' : 'wrong'}">${correct ? '✓' : '✗'}</span> ${output || t('results.emptyAnswer')}</td>`;
}
