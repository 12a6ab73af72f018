/** The access token of a push: for one server, and kept in this browser only when that is ticked. */
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { LabelledField } from '../shared/LabelledField';
import { SecretInput } from '../shared/SecretInput';
import { forgetToken, keptToken } from './keptToken';

interface Props {
  readonly token: string;
  readonly keep: boolean;
  readonly change: (change: { readonly token?: string; readonly keep?: boolean }) => void;
  /** Where tokens are made. */
  readonly page: string;
}

export function TokenField({ token, keep, change, page }: Props) {
  const { t } = useTranslation();
  const about = useId();
  // Read every time: a push keeps one, or forgets it.
  const kept = keptToken() !== undefined;
  const remove = (): void => {
    forgetToken();
    change({ token: '', keep: false });
  };
  return (
    <>
      <LabelledField label={t('push.token')} hint={t('push.tokenHint', { page })} wide>
        {(id, hint) => (
          <SecretInput
            id={id}
            data-testid="push-token"
            aria-describedby={hint}
            secret={token}
            change={(value) => change({ token: value })}
          />
        )}
      </LabelledField>
      <div className="push-line">
        <label className="check">
          <input
            type="checkbox"
            data-testid="push-keep"
            checked={keep}
            aria-describedby={about}
            onChange={({ target }) => change({ keep: target.checked })}
          />
          {t('push.keep')}
        </label>
        {kept && (
          <button type="button" className="link" data-testid="push-forget" onClick={remove}>
            {t('push.forget')}
          </button>
        )}
        <p className="hint" id={about}>
          {t('push.keepHint')}
        </p>
      </div>
    </>
  );
}
