/** The facts of the panel and of the copied report, each with its name: adapter, browser, kernels that compute. */
import type { AdapterFacts, KernelReport, Timing } from '../../store';
import type { Translate } from '../i18n';
import { bytes } from '../i18n/format';
import type { BrowserFacts } from './browser';

export type Fact = readonly [name: string, value: string];

/** Of those that kernels could use; the copied report has all. */
const useful = /f16|subgroup|timestamp-query$/;

export function adapterFacts(t: Translate, facts: AdapterFacts, all: boolean): readonly Fact[] {
  const { vendor, architecture, description, features, limits, matrices } = facts;
  return [
    [t('diagnostics.adapter'), [vendor, architecture, description].filter(Boolean).join(' · ')],
    [t('diagnostics.features'), features.filter((name) => all || useful.test(name)).join(', ') || '–'],
    [t('diagnostics.matrices'), t(`matrices.${matrices}`)],
    ...Object.entries(limits).map(([name, value]): Fact => [name, value.toLocaleString('en')]),
  ];
}

export function browserFacts(t: Translate, { name, system, isolated, storage }: BrowserFacts): readonly Fact[] {
  const used = storage && { used: bytes(storage.used, 100), quota: bytes(storage.quota, 100) };
  return [
    [t('diagnostics.browser'), `${name} · ${system}`],
    [t('diagnostics.isolated'), t(isolated ? 'diagnostics.yes' : 'diagnostics.no')],
    [
      t('diagnostics.storage'),
      used ? t(storage.persisted ? 'diagnostics.storagePersisted' : 'diagnostics.storageUsed', used) : '–',
    ],
  ];
}

/** How many of the measured products each kernel computes, or the one that was forced. */
export function chosenKernels(t: Translate, report: KernelReport): string {
  if (report.forced !== 'automatic') return t('diagnostics.forced', { kernels: t(`kernels.${report.forced}`) });
  const best = report.timings.flatMap((timing) => fastestOf(timing, report.variants) ?? []);
  const counts = report.variants.map((name) => [name, best.filter((one) => one === name).length] as const);
  const used = counts.filter(([, products]) => products > 0);
  if (used.length === 0) return t('diagnostics.unmeasured');
  return used
    .map(([name, products]) => t('diagnostics.chosen', { kernels: t(`kernels.${name}`), products }))
    .join(', ');
}

export function fastestOf({ milliseconds }: Timing, variants: KernelReport['variants']) {
  const measured = variants.filter((name) => milliseconds[name] !== undefined);
  return measured.toSorted((a, b) => milliseconds[a]! - milliseconds[b]!)[0];
}
