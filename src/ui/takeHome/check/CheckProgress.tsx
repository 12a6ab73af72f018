/** How far a check is, in which part, what it has seen so far, and a button that stops it. */
import { useTranslation } from 'react-i18next';
import { type Check, summarize } from '../../../store';
import { Icon } from '../../shared/Icon';
import { useStudio } from '../../studioContext';

export function CheckProgress({ check }: { readonly check: Check }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const { form, progress, compared, stopping } = check;
  const { phase = 'loading', done = 0, total = 0 } = progress ?? {};
  const counted = total > 1;
  const name = t(`check.phase.${phase}`);
  const { sameAnswers: same } = summarize(form, compared, compared.length);
  return (
    <div className="check-progress" data-testid="check-progress">
      <progress aria-label={name} {...(counted ? { value: done, max: total } : {})} />
      <p className="hint">
        {counted ? t('check.progress', { phase: name, done, total }) : `${name}…`}{' '}
        {compared.length > 0 && t('check.soFar', { same, rows: compared.length })}
      </p>
      <button type="button" data-testid="check-stop" disabled={stopping} onClick={studio.stopVouching}>
        <Icon name="stop" />
        {t(stopping ? 'check.stopping' : 'check.stop')}
      </button>
    </div>
  );
}
