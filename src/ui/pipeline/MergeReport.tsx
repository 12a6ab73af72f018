/** What merging did: how far every kind of projection moved, and how far rounding puts the logits apart. */
import { useTranslation } from 'react-i18next';
import type { MergeReport as Report, Session } from '../../store';
import { figure, whole } from '../i18n/format';
import { useSession } from '../studioContext';
import { largest, percentMoved, shiftsByLayer, shiftsByProjection } from './mergeShifts';

const reportOf = (s: Session) => s.mergeReport;

export function MergeReport() {
  const { t } = useTranslation();
  const report = useSession(reportOf);
  if (!report) return null;
  return (
    <details className="merge-report" data-testid="merge-report" data-rounding={report.rounding}>
      <summary>{t('merge.moved', { moved: percentMoved(report.modules) })}</summary>
      <p className="took">{t('merge.movedAbout')}</p>
      <Shifts report={report} />
      <p className="took">{t('merge.largest', { largest: figure(largest(report.modules)) })}</p>
      <p className="took">{t('merge.exact', { rounding: report.rounding.toFixed(3) })}</p>
      {report.logits && <Logits logits={report.logits} />}
    </details>
  );
}

function Shifts({ report }: { readonly report: Report }) {
  const { t } = useTranslation();
  return (
    <>
      <dl className="shifts">
        {shiftsByProjection(report.modules).map(({ name, moved }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{moved}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>{t('merge.byLayer')}</summary>
        <dl className="shifts scroll">
          {shiftsByLayer(report.modules).map(({ name, moved }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{moved}</dd>
            </div>
          ))}
        </dl>
      </details>
    </>
  );
}

function Logits({ logits }: { readonly logits: NonNullable<Report['logits']> }) {
  const { t } = useTranslation();
  const { rows, positions, largestGap, largestLogit, sameToken } = logits;
  return (
    <p className="took" data-testid="merge-logits" data-gap={largestGap} data-same={sameToken} data-of={positions}>
      {t('merge.logits', {
        ...{ rows: whole(rows), positions: whole(positions), same: whole(sameToken) },
        ...{ gap: figure(largestGap), largest: figure(largestLogit) },
      })}
    </p>
  );
}
