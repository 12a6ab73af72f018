/** An answer and whether it is right: a mark, a word for those who hear the page, and a colour, never the colour alone. */
import { useTranslation } from 'react-i18next';
import type { Answer } from '../../store';
import { Icon } from '../shared/Icon';
import { LongText } from '../shared/LongText';

export function Verdict({ answer }: { readonly answer: Answer | undefined }) {
  const { t } = useTranslation();
  if (!answer) return <span className="hint">{t('results.notAsked')}</span>;
  return (
    <span className={answer.correct ? 'verdict right' : 'verdict wrong'}>
      <Icon name={answer.correct ? 'check' : 'cross'} />
      <span className="sr-only">{t(answer.correct ? 'results.right' : 'results.wrong')}: </span>
      <LongText text={answer.output || t('results.emptyAnswer')} />
    </span>
  );
}
