/** What the self-test found, in words: for the panel and for the copied report. */
import { type KernelCheck, matmulKernels, type SelfTestReport } from '../../store';
import type { Translate } from '../i18n';
import { duration } from '../i18n/format';

/** `linear.forward, Tiles of 64` */
export function kernelName(
  t: Translate,
  { op, entry, variant }: Pick<KernelCheck, 'op' | 'entry' | 'variant'>,
): string {
  const name = `${op}.${entry}`;
  return variant ? `${name}, ${t(`kernels.${variant}`)}` : name;
}

export function selfTestSummary(t: Translate, { checks, total, stopped, milliseconds }: SelfTestReport): string {
  const agreed = checks.filter(({ passed }) => passed).length;
  const failed = checks.length - agreed;
  const counts = { agreed, failed, total, compared: checks.length, time: duration(milliseconds) };
  if (failed > 0) return t(stopped ? 'selfTest.failedStopped' : 'selfTest.failed', counts);
  return t(stopped ? 'selfTest.stopped' : 'selfTest.agreed', counts);
}

/** What to do about this kernel beyond what helps with any that differs (`selfTest.update`). */
export function advice(t: Translate, { variant }: Pick<KernelCheck, 'variant'>): string | undefined {
  const forced = matmulKernels.find((name) => name === variant);
  return forced && t('selfTest.force', { kernels: t(`kernels.${forced}`) });
}

export const errorText = (error: number): string =>
  Number.isNaN(error) ? '–' : error === 0 ? '0' : error.toExponential(1);

export function toleranceText(t: Translate, tolerance: number): string {
  return tolerance === 0 ? t('selfTest.exact') : tolerance.toExponential(0);
}
