/** What a run was made of: its stages with their times and memory, models, rows, graphics card. */
import { pipeline, type RunRecord, type Stage, type WholeRun } from '../../../store';
import type { Translate } from '../../i18n';
import { bytes, duration, parameters } from '../../i18n/format';
import { type Html, html } from './html';

const adapters = { sft: 'teacher-adapter', distill: 'student-adapter', control: 'control-adapter' } as const;

export function stages({ record }: WholeRun, t: Translate): Html {
  const order: readonly Stage[] = [...pipeline, 'control'];
  const ran = order.filter((stage) => (record.stages[stage]?.state ?? 'idle') !== 'idle');
  if (ran.length === 0) return html``;
  const head = (['stage', 'state', 'steps', 'time', 'memory', 'adapter'] as const).map(
    (key) => html`<th scope="col">${t(`report.${key}`)}</th>`,
  );
  return html`<section><h2>${t('report.stages')}</h2><div class="scroll"><table><thead><tr>${head}</tr></thead>
<tbody>${ran.map((stage) => stageRow(record, stage, t))}</tbody></table></div></section>`;
}

function stageRow(record: RunRecord, stage: Stage, t: Translate): Html {
  const kept = record.stages[stage];
  const memory = record.held[stage];
  const adapter = stage in adapters ? record.adapters[adapters[stage as keyof typeof adapters]] : undefined;
  const held = memory?.held ? bytes(memory.held.tensors + memory.held.others) : '–';
  return html`<tr><th scope="row">${t(`stage.${stage}`)}</th>
<td>${t(`stage.state.${kept?.state ?? 'idle'}`)}${kept?.from !== undefined && html` <span class="badge">${t('report.takenAlong')}</span>`}</td>
<td>${kept && kept.steps > 0 ? kept.steps : '–'}</td><td>${kept ? duration(kept.milliseconds) : '–'}</td>
<td>${held}${memory && memory.planned > 0 && html` <span class="muted">${t('report.planned', { size: bytes(memory.planned) })}</span>`}</td>
<td>${adapter ? bytes(adapter.bytes) : '–'}</td></tr>`;
}

export function inputs({ record }: WholeRun, t: Translate): Html {
  const { models, data, gpu } = record;
  return html`<section><h2>${t('report.inputs')}</h2><dl>
${(['teacher', 'student'] as const).map(
  (role) => html`<dt>${t(`models.${role}`)}</dt><dd>${modelText(models[role], t)}</dd>`,
)}
${(['train', 'test'] as const).map((split) => html`<dt>${t(`report.${split}`)}</dt><dd>${rowsText(data[split], t)}</dd>`)}
<dt>${t('report.gpu')}</dt><dd>${gpuText(gpu, t)}</dd></dl></section>`;
}

function modelText(model: RunRecord['models']['teacher'], t: Translate): Html {
  if (!model) return html`${t('runs.noModel')}`;
  const { info, adapter, source } = model;
  const { architecture, layers } = info;
  const facts = t('report.modelFacts', { architecture, layers, parameters: parameters(info.parameters) });
  return html`<strong>${info.name}</strong> · ${facts}${source.kind === 'stored' && html` · <code>${source.key}</code>`}${
    adapter && html` · ${t('report.startsFrom', { name: adapter.name })}`
  }`;
}

function rowsText(rows: RunRecord['data']['train'], t: Translate): Html {
  if (!rows) return html`${t('runs.noRows')}`;
  const unused = rows.problems > 0 && ` · ${t('report.unused', { count: rows.problems })}`;
  const print = rows.fingerprint !== undefined && html`<br><code>SHA-256 ${rows.fingerprint}</code>`;
  return html`<strong>${rows.name}</strong> · ${t('report.rows', { count: rows.rows })}${unused}${print}`;
}

function gpuText(gpu: RunRecord['gpu'], t: Translate): string {
  if (!gpu) return t('report.gpuUnknown');
  const name = gpu.description || [gpu.vendor, gpu.architecture].filter(Boolean).join(' · ') || t('gpu.unnamed');
  const limit = t('gpu.limit', { size: bytes(gpu.maxBindingBytes) });
  return [name, gpu.software && t('gpu.software'), limit].filter(Boolean).join(' · ');
}
