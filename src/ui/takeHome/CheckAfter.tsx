/** The check that follows on writing: wished unless a person says otherwise, and what it came to where the model was written. */
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Exported, exportKey, type Form, noCheck, onnxFormsOf, someRows } from '../../store';
import type { Where } from '../saving/place';
import { useSession, useStudio, useVouching } from '../studioContext';
import { CheckBadges } from './check/CheckBadges';

export interface After {
  /** Undefined where there is nothing that could be checked. */
  readonly wished: boolean | undefined;
  readonly wish: (wished: boolean) => void;
  /** What was written last. */
  readonly made: Exported | undefined;
  readonly check: (made: Exported) => Promise<void>;
}

export function useCheckAfter(forms: readonly Form[], where: Where): After {
  const studio = useStudio();
  const [wished, wish] = useState(true);
  const [made, setMade] = useState<Exported>();
  const possible = where !== 'zip' && forms.some((form) => form.startsWith('onnx-'));
  const check = async (made: Exported): Promise<void> => {
    setMade(possible ? made : undefined);
    if (possible && wished && !noCheck(studio.session.getState())) await studio.vouchForms(made, onnxFormsOf(made));
  };
  return { wished: possible ? wished : undefined, wish, made, check };
}

export function CheckAfter({ after, disabled }: { readonly after: After; readonly disabled: boolean }) {
  const { t } = useTranslation();
  const id = useId();
  if (after.wished === undefined) return null;
  return (
    <div className="check-after">
      <label className="check">
        <input
          type="checkbox"
          data-testid="check-after"
          checked={after.wished}
          disabled={disabled}
          aria-describedby={id}
          onChange={({ target }) => after.wish(target.checked)}
        />
        {t('check.after')}
      </label>
      <p className="hint" id={id}>
        {t('check.after.hint', { rows: someRows })}
      </p>
    </div>
  );
}

/** Beside the button, so that a red one is not missed however far below the list is. */
export function CheckedNow({ exported }: { readonly exported: Exported }) {
  const { t } = useTranslation();
  const of = exportKey(exported);
  const there = useSession((s) => s.exports?.some((other) => exportKey(other) === of) ?? false);
  const red = useVouching((s) => Object.values(s.reports[of] ?? {}).some(({ verdict }) => verdict === 'disagrees'));
  if (!there) return null;
  return (
    <div className="check-made" data-testid="check-made">
      <CheckBadges exported={exported} />
      {red && (
        <p className="problem" role="alert">
          {t('check.made.disagrees', { name: exported.name })}
        </p>
      )}
    </div>
  );
}
