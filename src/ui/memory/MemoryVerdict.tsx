/** Whether everything fits the card, and when it is close or does not: the one setting that would help most. */
import { useTranslation } from 'react-i18next';
import { type MemoryHint, type Stage, type StagePlan, verdict } from '../../store';
import type { Translate } from '../i18n';
import { bytes } from '../i18n/format';
import { Icon } from '../shared/Icon';
import { size } from './size';

interface Props {
  readonly stage: Stage;
  readonly plan: StagePlan;
  /** GiB */
  readonly card: number;
}

export function MemoryVerdict({ stage, plan, card }: Props) {
  const { t } = useTranslation();
  const found = verdict(plan, card);
  const name = t(`stage.${stage}`);
  const { tooLarge } = plan;
  const said =
    tooLarge && found === 'unbound'
      ? t('memory.unbound', {
          stage: name,
          tensor: tooLarge.tensor,
          bytes: bytes(tooLarge.bytes, 100),
          limit: bytes(tooLarge.limit, 100),
        })
      : t(`memory.${found === 'unbound' ? 'exceeds' : found}`, { stage: name, bytes: size(plan), card: `${card} GiB` });
  return (
    <div className="card-fit" data-testid="memory-verdict" data-verdict={found} role="status">
      <Icon name={found === 'fits' ? 'check' : 'warning'} />
      <div>
        <p>{said}</p>
        {found !== 'fits' && <p data-testid="memory-hint">{help(t, name, plan.hint, card)}</p>}
      </div>
    </div>
  );
}

function help(t: Translate, stage: string, hint: MemoryHint | undefined, card: number): string {
  if (!hint) return t('memory.noHelp');
  const change = t(`memory.change.${hint.setting}`, { from: hint.from, to: hint.to });
  const then = t('memory.helps', { change, stage, bytes: size(hint) });
  const unbound = hint.binds ? undefined : { tensor: '', bytes: 0, limit: 0 };
  const enough = verdict({ bytes: hint.bytes, tooLarge: unbound }, card);
  const fits = enough === 'fits' || enough === 'tight';
  return `${then} ${t(fits ? 'memory.helpsFits' : 'memory.helpsPartly')}`;
}
