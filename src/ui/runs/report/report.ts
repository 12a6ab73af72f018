/** The report of a run: one HTML file that needs nothing beside it. No scripts; what rows and names say is only ever text. */
import type { WholeRun } from '../../../store';
import type { Language, Translate } from '../../i18n';
import { dateTime } from '../dates';
import { accuracies, howJudged } from './accuracies';
import { curves } from './curves';
import { html } from './html';
import { inputs, stages } from './inputs';
import { merge } from './merge';
import { predictions } from './predictions';
import { settings } from './settings';
import { style } from './style';

/** Asks nothing of the network, and runs nothing, whatever a browser is told to make of its text. */
const policy = "default-src 'none'; style-src 'unsafe-inline'";

export function report(run: WholeRun, t: Translate, language: Language): string {
  const { record } = run;
  const { name, note, software } = record;
  const when = { started: dateTime(record.started, language), changed: dateTime(record.changed, language) };
  const page = html`<main>
<header>
<p class="muted">${t('report.title')}</p>
<h1>${name}</h1>
<p class="muted">${t('report.from', when)}</p>
${note !== '' && html`<h3>${t('report.note')}</h3><p class="note">${note}</p>`}
</header>
${accuracies(run, t)}
${howJudged(run, t)}
${curves(run, t)}
${stages(run, t)}
${inputs(run, t)}
${settings(run, t)}
${merge(run, t)}
${predictions(run, t)}
<p class="muted">${t('report.madeBy', { version: software })}</p>
</main>`;
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
${html`<title>${name}</title>`.text}
<style>${style}</style>
</head>
<body>
${page.text}
</body>
</html>
`;
}
