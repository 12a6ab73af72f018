/** The wish to compute on a card's units for matrices, where it offers them; it is granted when the page is opened. */
import { useTranslation } from 'react-i18next';
import type { AdapterFacts } from '../../store';

interface Props {
  readonly state: AdapterFacts['matrices'];
  /** Undefined before the engine has said it. */
  readonly wished: boolean | undefined;
  readonly disabled: boolean;
  readonly onWish: (matrices: boolean) => void;
}

export function MatrixUnits({ state, wished = state === 'on', disabled, onWish }: Props) {
  const { t } = useTranslation();
  if (state === 'none') return null;
  return (
    <div className="kernel-choice">
      <label className="check">
        <input
          type="checkbox"
          data-testid="matrices"
          aria-describedby="matrices-hint"
          checked={wished}
          disabled={disabled}
          onChange={(event) => onWish(event.target.checked)}
        />
        {t('matrices.wish')}
      </label>
      <p className="hint" role="status" data-testid="matrices-reload">
        {wished !== (state === 'on') && t('matrices.reload')}
      </p>
      <p className="hint" id="matrices-hint">
        {t('matrices.hint')}
      </p>
    </div>
  );
}
