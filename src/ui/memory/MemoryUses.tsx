/** What one stage's memory is for, the largest first, and what its last run really held. */
import { useTranslation } from 'react-i18next';
import type { Memory, Stage, StagePlan } from '../../store';
import { bytes, whole } from '../i18n/format';

interface Props {
  readonly stage: Stage;
  readonly plan: StagePlan;
  readonly run: Memory['held'][Stage];
}

export function MemoryUses({ stage, plan, run }: Props) {
  const { t } = useTranslation();
  const { held } = run ?? {};
  return (
    <div>
      <h3 className="uses-title">{t('memory.holds', { stage: t(`stage.${stage}`) })}</h3>
      <dl className="uses" data-testid="memory-uses" data-stage={stage}>
        {plan.uses.map(({ use, bytes: count }) => (
          <div key={use} data-bytes={count}>
            <dt>
              <span className="use" data-use={use} aria-hidden="true" />
              {t(`memory.use.${use}`)}
            </dt>
            <dd>{bytes(count, 100)}</dd>
          </div>
        ))}
      </dl>
      {plan.tokens > 0 && <p className="hint">{t('memory.batch', { tokens: whole(plan.tokens) })}</p>}
      {run && held && (
        <p className="hint" data-testid="memory-measured" data-planned={run.planned} data-held={held.tensors}>
          {t('memory.measured', { planned: bytes(run.planned, 100), held: bytes(held.tensors, 100) })}
        </p>
      )}
    </div>
  );
}
