/** A report in words. */
import type { OnnxForm, VouchReport } from '../../../store';
import type { Translate } from '../../i18n';

/** A difference of logits: two figures, however small. */
export function gap(value: number): string {
  if (!Number.isFinite(value)) return '∞';
  if (value === 0) return '0';
  return value < 1e-3 ? value.toExponential(1) : value.toPrecision(2);
}

export function rowsText(t: Translate, { rows, asked }: Pick<VouchReport, 'rows' | 'asked'>): string {
  return rows.length < asked
    ? t('check.rowsPart', { rows: rows.length, asked })
    : t('check.rowsOf', { count: rows.length });
}

/** Why a report is red, a sentence each. */
export function reasonTexts(t: Translate, report: VouchReport): readonly string[] {
  const { rows, beyond, largest, sameAnswers, correct } = report;
  const points = (100 * Math.abs(correct.ours - correct.second)) / Math.max(1, rows.length);
  const told = {
    ...{ rows: rows.length, beyond, largest: gap(largest), different: rows.length - sameAnswers },
    points: points.toFixed(1),
  };
  return report.reasons.map((reason) => t(`check.reason.${reason}`, told));
}

export interface BadgeText {
  readonly form: OnnxForm;
  readonly verdict: VouchReport['verdict'];
  readonly text: string;
}

/** The verdict in a few words, for where there is little room. */
export function badgeText(t: Translate, report: VouchReport): BadgeText {
  const { form, verdict, sameAnswers: same, rows } = report;
  return { form, verdict, text: t(`check.badge.${verdict}`, { form, same, rows: rows.length }) };
}
