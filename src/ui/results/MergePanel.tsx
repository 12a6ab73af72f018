/** What merging did: how far every kind of projection moved, and how far rounding puts the logits apart. */
import { useTranslation } from 'react-i18next';
import type { MergeReport, Session } from '../../store';
import { figure, whole } from '../i18n/format';
import { useSession } from '../studioContext';
import { largest, type Shift, shiftsByLayer, shiftsByProjection } from './mergeShifts';

const reportOf = (s: Session) => s.mergeReport;

export function MergePanel() {
  const { t } = useTranslation();
  const report = useSession(reportOf);
  if (!report) return null;
  const { modules, rounding, logits } = report;
  return (
    <section
      className="panel merge-report"
      id="merge-report"
      aria-labelledby="merge-title"
      data-testid="merge-report"
      data-rounding={rounding}
    >
      <h2 id="merge-title">{t('merge.title')}</h2>
      <p className="hint">{t('merge.movedAbout')}</p>
      <Shifts shifts={shiftsByProjection(modules)} />
      <details>
        <summary>{t('merge.byLayer')}</summary>
        <Shifts shifts={shiftsByLayer(modules)} />
        {modules.some(({ norm }) => norm === 0) && <p className="hint">{t('merge.zeroBefore')}</p>}
      </details>
      <ul className="proofs">
        <li>{t('merge.largest', { largest: figure(largest(modules)) })}</li>
        <li>{t('merge.exact', { rounding: rounding.toFixed(3) })}</li>
        {logits && <Logits logits={logits} />}
      </ul>
    </section>
  );
}

function Shifts({ shifts }: { readonly shifts: readonly Shift[] }) {
  return (
    <dl className="shifts">
      {shifts.map(({ name, moved }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{moved}</dd>
        </div>
      ))}
    </dl>
  );
}

function Logits({ logits }: { readonly logits: NonNullable<MergeReport['logits']> }) {
  const { t } = useTranslation();
  const { rows, positions, largestGap, largestLogit, sameToken } = logits;
  return (
    <li data-testid="merge-logits" data-gap={largestGap} data-same={sameToken} data-of={positions}>
      {t('merge.logits', {
        ...{ rows: whole(rows), positions: whole(positions), same: whole(sameToken) },
        ...{ gap: figure(largestGap), largest: figure(largestLogit) },
      })}
    </li>
  );
}
