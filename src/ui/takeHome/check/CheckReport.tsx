/** What a check came to: the verdict, large and with its reasons; both accuracies beside each other; how far apart, and what that means. */
import { useTranslation } from 'react-i18next';
import { allowed, type VouchReport } from '../../../store';
import type { Translate } from '../../i18n';
import { duration } from '../../i18n/format';
import { AccuracyFigure } from '../../results/AccuracyFigure';
import { Icon, type IconName } from '../../shared/Icon';
import { gap, reasonTexts, rowsText } from './words';

const icons: Readonly<Record<VouchReport['verdict'], IconName>> = {
  ...{ agrees: 'check', disagrees: 'warning', measured: 'circle', stopped: 'stop' },
};

export function CheckReport({ report }: { readonly report: VouchReport }) {
  const { t } = useTranslation();
  const { verdict, form, runtime, backend, correct, rows, leftOut } = report;
  const about = {
    ...{ form, rows: rowsText(t, report) },
    ...{ runtime: t(`check.runtime.${runtime}`), backend: t(`check.backend.${backend}`) },
  };
  const measured = (right: number) => ({ correct: right, rows: rows.length, complete: true });
  return (
    <div className="check-report">
      <div
        className="check-verdict"
        role={verdict === 'disagrees' ? 'alert' : 'status'}
        data-testid="check-verdict"
        data-verdict={verdict}
        data-form={form}
      >
        <p className="check-word">
          <Icon name={icons[verdict]} />
          {t(`check.verdict.${verdict}`)}
        </p>
        <p>{t('check.with', about)}</p>
        {leftOut > 0 && <p>{t('check.leftOut', { count: leftOut })}</p>}
        {verdict === 'disagrees' && <Reasons report={report} />}
        {(verdict === 'measured' || verdict === 'stopped') && <p>{t(`check.${verdict}`)}</p>}
      </div>
      <h4>{t('check.accuracy')}</h4>
      <dl className="accuracies">
        <AccuracyFigure
          name={t('check.ours')}
          subject="teacher"
          testId="check-ours"
          measured={measured(correct.ours)}
        />
        <AccuracyFigure
          name={t('check.second', { form })}
          subject="student"
          testId="check-second"
          measured={measured(correct.second)}
        />
      </dl>
      <Facts report={report} />
    </div>
  );
}

function Reasons({ report }: { readonly report: VouchReport }) {
  const { t } = useTranslation();
  return (
    <>
      <ul>
        {reasonTexts(t, report).map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <p>{t('check.advice')}</p>
    </>
  );
}

function Facts({ report }: { readonly report: VouchReport }) {
  const { t } = useTranslation();
  const { form, rows, sameAnswers, ties, milliseconds } = report;
  const { ours, second, opening } = milliseconds;
  return (
    <dl className="check-facts">
      <div>
        <dt>{t('check.largest')}</dt>
        <dd data-testid="check-largest" data-largest={report.largest}>
          {largestText(t, report)}
        </dd>
        <dd className="hint">{t(`check.means.${form}`)}</dd>
      </div>
      <div>
        <dt>{t('check.same')}</dt>
        <dd data-testid="check-same">{t('check.sameOf', { same: sameAnswers, rows: rows.length })}</dd>
        {ties > 0 && <dd className="hint">{t('check.ties', { count: ties })}</dd>}
      </div>
      <div>
        <dt>{t('check.time')}</dt>
        <dd>{t('check.times', { ours: duration(ours), second: duration(second), opening: duration(opening) })}</dd>
      </div>
    </dl>
  );
}

/** Beside what is allowed on that row: where the tolerance is a share of the logits, each row has its own. */
function largestText(t: Translate, { form, rows, largest }: VouchReport): string {
  const row = rows.find(({ distance }) => distance.largest === largest);
  const bound = row ? allowed(form, row.distance) : 0;
  const told = { largest: gap(largest) };
  return bound > 0 ? t('check.allowed', { ...told, allowed: gap(bound) }) : t('check.noBound', told);
}
