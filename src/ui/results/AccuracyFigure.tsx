/** One accuracy: the share, a bar, n, and how sure it is. */
import { useTranslation } from 'react-i18next';
import { type Evaluation, wilson } from '../../store';
import type { Translate } from '../i18n';
import { percent } from '../i18n/format';

export type Measured = Pick<Evaluation, 'correct' | 'rows' | 'complete'>;

interface Props {
  readonly name: string;
  /** Whose colour it has. */
  readonly subject: string;
  readonly testId: string;
  readonly measured: Measured | undefined;
}

export function AccuracyFigure({ name, subject, testId, measured }: Props) {
  const { t } = useTranslation();
  const share = measured && measured.rows > 0 ? measured.correct / measured.rows : undefined;
  return (
    <div className="accuracy" data-subject={subject}>
      <dt>{name}</dt>
      <dd data-testid={testId} data-accuracy={share} data-rows={measured?.rows} data-complete={measured?.complete}>
        {share === undefined ? '–' : percent(share)}
      </dd>
      <dd className="bar" aria-hidden="true">
        <span style={{ inlineSize: `${(share ?? 0) * 100}%` }} />
      </dd>
      <dd className="hint">{measured ? sureness(t, measured) : t('results.notYet')}</dd>
    </div>
  );
}

function sureness(t: Translate, { correct, rows, complete }: Measured): string {
  const { low, high } = wilson(correct, rows);
  const counts = t('results.counts', { correct, rows });
  const interval = t('results.interval', { low: percent(low), high: percent(high) });
  return complete ? `${counts} · ${interval}` : `${counts} · ${t('results.sample', { rows })}`;
}
