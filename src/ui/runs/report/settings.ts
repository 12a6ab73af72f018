/** Every setting that a stage of the run used, with what differs from the default marked. */
import { settingsAsRun, type WholeRun } from '../../../store';
import type { Translate } from '../../i18n';
import { settingName, settingText } from '../settingText';
import { type Html, html } from './html';

export function settings({ record }: WholeRun, t: Translate): Html {
  const rows = settingsAsRun(record).map(({ path, values }) => {
    const changed = values.some((value) => value.changed);
    const mark = changed && html` <span class="badge">${t('report.changed')}</span>`;
    return html`<tr${changed ? CHANGED : ''}><th scope="row">${settingName(t, path)}${mark}</th>
<td class="text">${settingText(t, path, values)}</td><td class="path"><code>${path}</code></td></tr>`;
  });
  return html`<section><h2>${t('report.settings')}</h2><p class="muted">${t('report.settingsAbout')}</p>
<div class="scroll"><table><thead><tr><th scope="col">${t('runs.setting')}</th><th scope="col">${t('report.value')}</th><th class="path"></th></tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}

const CHANGED = html` class="changed"`;
