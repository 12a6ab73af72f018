/** One bar per stage, as long as what it holds, in the colours of its uses; pressing one shows what it is made of. */
import { useTranslation } from 'react-i18next';
import { type MemoryPlan, type MemoryUse, pipeline, type Stage } from '../../store';
import { size } from './size';

interface Props {
  readonly plan: MemoryPlan;
  readonly shown: Stage;
  readonly choose: (stage: Stage) => void;
}

const stages: readonly Stage[] = [...pipeline, 'control'];

/** The same order in every bar, so that bars can be compared: what stays, what trains, what asks. */
const order: readonly MemoryUse[] = [
  ...(['teacher-weights', 'student-weights', 'merged', 'adapters', 'earlier'] as const),
  ...(['activations', 'gradients', 'logits', 'optimizer', 'batch', 'teacher'] as const),
  ...(['evaluation', 'cache'] as const),
];

export function StageBars({ plan, shown, choose }: Props) {
  const { t } = useTranslation();
  const most = Math.max(...Object.values(plan).map((stage) => stage.bytes));
  const width = (bytes: number) => ({ inlineSize: `${(100 * bytes) / most}%` });
  return (
    <ul className="stage-bars">
      {stages.map((stage) => {
        const at = plan[stage];
        if (!at) return null;
        const name = t(`stage.${stage}`);
        return (
          <li key={stage}>
            <button
              type="button"
              aria-pressed={stage === shown}
              aria-label={t('memory.show', { stage: name, bytes: size(at) })}
              data-testid={`memory-${stage}`}
              data-bytes={at.bytes}
              onClick={() => choose(stage)}
            >
              <span className="stage-bar-name">{name}</span>
              <span className="stage-bar" aria-hidden="true">
                {at.uses
                  .toSorted((a, b) => order.indexOf(a.use) - order.indexOf(b.use))
                  .map(({ use, bytes }) => (
                    <span key={use} data-use={use} style={width(bytes)} />
                  ))}
              </span>
              <span className="stage-bar-size">{size(at)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
