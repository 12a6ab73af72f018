/** What every stage will hold on the card: verdict, one bar per stage, and what the chosen stage's bar is made of. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fullestStage, type Session, type Stage } from '../../store';
import { describeFailure } from '../i18n/describe';
import { useSession } from '../studioContext';
import { CardMemory } from './CardMemory';
import { MemoryUses } from './MemoryUses';
import { MemoryVerdict } from './MemoryVerdict';
import { StageBars } from './StageBars';

const memoryOf = (s: Session) => s.memory;
const includeControlOf = (s: Session) => s.includeControl;

export function MemoryPanel() {
  const { t } = useTranslation();
  const { plan, planning, problem, card, held } = useSession(memoryOf);
  const includeControl = useSession(includeControlOf);
  const [chosen, choose] = useState<Stage>();
  const fullest = plan && fullestStage(plan, includeControl);
  const shown = chosen && plan?.[chosen] ? chosen : fullest;
  const at = shown && plan?.[shown];
  return (
    <section className="panel memory" aria-labelledby="memory-title" aria-busy={planning} data-testid="memory">
      <div className="panel-head">
        <h2 id="memory-title">{t('memory.title')}</h2>
        <CardMemory />
      </div>
      {problem && <p className="problem">{describeFailure(t, problem)}</p>}
      {!problem && !fullest && <p className="hint">{t('memory.none')}</p>}
      {plan && fullest && shown && at && (
        <>
          <MemoryVerdict stage={fullest} plan={plan[fullest] ?? at} card={card} />
          <div className="memory-body">
            <StageBars plan={plan} shown={shown} choose={choose} />
            <MemoryUses stage={shown} plan={at} run={held[shown]} />
          </div>
          <p className="hint">{t('memory.uncounted')}</p>
        </>
      )}
    </section>
  );
}
