/** How far something is written, with a way to stop. */
import { useTranslation } from 'react-i18next';
import { bytes } from '../i18n/format';

interface Props {
  readonly label: string;
  readonly testId: string;
  readonly written: number;
  /** 0: not known yet. */
  readonly total: number;
  readonly stop: () => void;
}

export function WriteProgress({ label, testId, written, total, stop }: Props) {
  const { t } = useTranslation();
  const known = total > 0;
  return (
    <div className="progress" data-testid={testId}>
      <progress aria-label={label} {...(known ? { value: written, max: total } : {})} />
      {known && (
        <span className="progress-count">
          {bytes(written)} / {bytes(total)}
        </span>
      )}
      <button type="button" className="link" data-testid={`${testId}-stop`} onClick={stop}>
        {t('save.stop')}
      </button>
    </div>
  );
}
