/** The tokens that one model finds most likely at a position, each with its probability as a bar. */
import { useTranslation } from 'react-i18next';
import type { Expectation, Role } from '../../store';
import { Icon } from '../shared/Icon';
import { visible } from '../shared/visible';
import { share } from './heat';

interface Props {
  readonly who: string;
  readonly whose: Role;
  readonly expectation: Expectation;
  /** The token of the row. */
  readonly wanted: number;
}

export function Choices({ who, whose, expectation: { top, wanted: probability }, wanted }: Props) {
  const { t } = useTranslation();
  return (
    <section className="choices" data-role={whose} data-testid={`choices-${whose}`} aria-label={who}>
      <h3>{who}</h3>
      <ol>
        {top.map((choice) => (
          <li key={choice.id} className={choice.id === wanted ? 'wanted' : undefined}>
            <span className="token-text">{visible(choice.text)}</span>
            <span className="bar" aria-hidden="true">
              <span style={{ width: `${100 * choice.probability}%` }} />
            </span>
            <span className="number" data-testid="choice-share" data-share={choice.probability}>
              {share(choice.probability)}
            </span>
            {choice.id === wanted && (
              <span className="wanted-mark">
                <Icon name="check" />
                <span className="sr-only">{t('tokens.isWanted')}</span>
              </span>
            )}
          </li>
        ))}
      </ol>
      <p className="hint">{t('tokens.wantedShare', { share: share(probability) })}</p>
    </section>
  );
}
