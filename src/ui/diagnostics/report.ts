/**
 * The diagnostics as a text that a person can read and send: Markdown in the language of the page. It is made of what is
 * named here and of nothing else: numbers, facts of adapter and browser, codes of failures. Rows, names of files and models,
 * sentences of failures (which may quote them) and tokens stay out.
 */
import type { AdapterFacts, KernelReport, ModelInfo, Session } from '../../store';
import type { Translate } from '../i18n';
import { bytes, parameters } from '../i18n/format';
import type { BrowserFacts } from './browser';
import { adapterFacts, browserFacts, chosenKernels, type Fact } from './facts';
import { lacksOf, lackText } from './lacks';
import { errorText, kernelName, selfTestSummary, toleranceText } from './selfTestWords';
import { stageMemory } from './stageMemory';

export type Told = Pick<Session, 'kernels' | 'memory' | 'models' | 'selfTest' | 'notices'>;

export function reportText(
  t: Translate,
  facts: AdapterFacts,
  browser: BrowserFacts | undefined,
  told: Told,
  now: Date,
): string {
  return [
    `# ${t('app.name')}: ${t('diagnostics.title')}`,
    now.toISOString(),
    ...part(t('diagnostics.adapter'), list(adapterFacts(t, facts, true))),
    ...(browser ? browserPart(t, browser, facts) : []),
    ...part(t('diagnostics.kernels'), kernelLines(t, told.kernels.report)),
    ...part(t('report.models'), modelLines(t, told.models)),
    ...part(t('stageMemory.title'), memoryLines(t, told)),
    ...part(t('selfTest.title'), selfTestLines(t, told)),
    ...part(t('report.failures'), [told.notices.map(({ failure }) => failure.code).join(', ') || '–']),
  ].join('\n');
}

function part(title: string, lines: readonly string[]): readonly string[] {
  return ['', `## ${title}`, '', ...lines];
}

function list(facts: readonly Fact[]): readonly string[] {
  return facts.map(([name, value]) => `- ${name}: ${value}`);
}

function browserPart(t: Translate, browser: BrowserFacts, facts: AdapterFacts): readonly string[] {
  const lacks = lacksOf(browser, facts).map((lack) => `- ${lackText(t, lack)}`);
  return [
    ...part(t('diagnostics.browser'), [...list(browserFacts(t, browser)), `- ${browser.userAgent}`]),
    ...part(t('lacks.title'), lacks.length > 0 ? lacks : [t('lacks.none')]),
  ];
}

function kernelLines(t: Translate, report: KernelReport | undefined): readonly string[] {
  if (!report) return ['–'];
  const { variants, timings } = report;
  const times = timings.map(({ product, rows, inputs, outputs, milliseconds }) => [
    product === 'forward' ? `${inputs} → ${outputs}` : `${outputs} → ${inputs}`,
    `≤ ${rows}`,
    ...variants.map((name) => (milliseconds[name] === undefined ? '–' : `${milliseconds[name].toFixed(2)} ms`)),
  ]);
  const head = [t('diagnostics.product'), t('diagnostics.rows'), ...variants.map((name) => t(`kernels.${name}`))];
  return [chosenKernels(t, report), ...(times.length > 0 ? ['', ...table(head, times)] : [])];
}

/** Their sizes, not their names: a folder may be called anything. */
function modelLines(t: Translate, models: Told['models']): readonly string[] {
  const line = (role: 'teacher' | 'student', info: ModelInfo) =>
    t('report.model', {
      ...{ role: t(`models.${role}`), architecture: info.architecture, layers: info.layers, hidden: info.hidden },
      ...{ heads: info.heads, kvHeads: info.kvHeads, vocabulary: info.vocabulary },
      ...{ parameters: parameters(info.parameters), bytes: bytes(info.bytes, 100) },
    });
  const lines = (['teacher', 'student'] as const).flatMap((role) => {
    const { info } = models[role];
    return info ? [`- ${line(role, info)}`] : [];
  });
  return lines.length > 0 ? lines : ['–'];
}

function memoryLines(t: Translate, { memory }: Told): readonly string[] {
  const size = (count: number | undefined) => (count === undefined ? '–' : bytes(count, 100));
  const rows = stageMemory(memory).map(({ stage, next, planned, held, others }) => [
    t(`stage.${stage}`),
    ...[next, planned, held, others].map(size),
  ]);
  if (rows.length === 0) return ['–'];
  const columns = (['stage', 'next', 'planned', 'held', 'others'] as const).map((name) => t(`stageMemory.${name}`));
  return table(columns, rows);
}

function selfTestLines(t: Translate, { selfTest }: Told): readonly string[] {
  const { report } = selfTest;
  if (!report) return [t('report.untested')];
  const rows = report.checks.map((check) => [
    ...[kernelName(t, check), check.shape, errorText(check.error), toleranceText(t, check.tolerance)],
    [t(check.passed ? 'selfTest.agrees' : 'selfTest.differs'), check.problem].filter(Boolean).join(': '),
  ]);
  const columns = (['kernel', 'shape', 'error', 'tolerance', 'result'] as const).map((name) => t(`selfTest.${name}`));
  const differ = report.checks.some(({ passed }) => !passed);
  return [selfTestSummary(t, report), ...(differ ? [t('selfTest.update')] : []), '', ...table(columns, rows)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '/')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
