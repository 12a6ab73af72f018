/** What merging did, in a report: how far every kind of projection moved, and what rounding did to the logits. */
import type { WholeRun } from '../../../store';
import type { Translate } from '../../i18n';
import { figure, whole } from '../../i18n/format';
import { largest, shiftsByProjection } from '../../results/mergeShifts';
import { type Html, html } from './html';

export function merge({ record: { mergeReport } }: WholeRun, t: Translate): Html {
  if (!mergeReport) return html``;
  const { modules, rounding, logits } = mergeReport;
  const shifts = shiftsByProjection(modules).map(({ name, moved }) => html`<dt>${name}</dt><dd>${moved}</dd>`);
  return html`<section><h2>${t('report.merge')}</h2><p class="muted">${t('merge.movedAbout')}</p><dl>${shifts}</dl>
<p>${t('merge.largest', { largest: figure(largest(modules)) })}</p>
<p>${t('merge.exact', { rounding: rounding.toFixed(3) })}</p>
${
  logits &&
  html`<p>${t('merge.logits', {
    ...{ rows: whole(logits.rows), positions: whole(logits.positions), same: whole(logits.sameToken) },
    ...{ gap: figure(logits.largestGap), largest: figure(logits.largestLogit) },
  })}</p>`
}</section>`;
}
