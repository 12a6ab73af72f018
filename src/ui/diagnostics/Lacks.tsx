/** What this browser lacks, in words with what to do, or that nothing is missing. */
import { useTranslation } from 'react-i18next';
import { Icon } from '../shared/Icon';
import { type Lack, lackText } from './lacks';

export function Lacks({ lacks }: { readonly lacks: readonly Lack[] }) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="lacks-title" data-testid="lacks">
      <h3 id="lacks-title">{t('lacks.title')}</h3>
      {lacks.length === 0 ? (
        <p className="diagnostic-good">
          <Icon name="check" /> {t('lacks.none')}
        </p>
      ) : (
        <ul className="lacks">
          {lacks.map((lack) => (
            <li key={lack.name} data-lack={lack.name}>
              {lackText(t, lack)}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
