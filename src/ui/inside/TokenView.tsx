/** Distillation made visible: one row, token by token, under the teacher and the student. */
import { useTranslation } from 'react-i18next';
import { modelsNow } from '../../store';
import { useSession, useTokens } from '../studioContext';
import { Comparison } from './Comparison';
import { RowChoice } from './RowChoice';

export function TokenView() {
  const { t } = useTranslation();
  const comparison = useTokens((state) => state.comparison);
  const madeWith = useTokens((state) => state.madeWith);
  const now = useSession(modelsNow);
  return (
    <section className="panel token-view" data-testid="token-view" aria-labelledby="token-view-title">
      <div className="panel-head">
        <h2 id="token-view-title">{t('tokens.title')}</h2>
      </div>
      <p className="hint">{t('tokens.about')}</p>
      <RowChoice />
      {comparison && now !== madeWith && <p className="hint warn">{t('tokens.stale')}</p>}
      {comparison ? <Comparison comparison={comparison} /> : <p className="empty">{t('tokens.empty')}</p>}
    </section>
  );
}
