/** How far a model is read that transformers.js loads, and a button that gives it up. */
import { useTranslation } from 'react-i18next';
import type { Tried } from '../../../store';
import { bytes } from '../../i18n/format';
import { useStudio } from '../../studioContext';

export function Loading({ tried: { name, read } }: { readonly tried: Tried }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const reading = read !== undefined && read.bytes < read.total;
  const said = reading ? t('try.loading', { name }) : t('try.preparing');
  return (
    <div className="check-progress" data-testid="try-loading">
      <progress aria-label={said} {...(reading ? { value: read.bytes, max: read.total } : {})} />
      <p className="hint">
        {said} {reading && `${bytes(read.bytes)} / ${bytes(read.total)}`}
      </p>
      <button type="button" data-testid="try-cancel" onClick={studio.closeTry}>
        {t('try.cancel')}
      </button>
    </div>
  );
}
