/** Name, revision, endpoint and token of a model on a Hub. */
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { HubRequest } from '../../store';
import { rememberEndpoint } from './hubEndpoint';

interface Props {
  readonly request: HubRequest;
  readonly change: (change: Partial<HubRequest>) => void;
  readonly looking: boolean;
  readonly find: () => void;
}

export function HubForm({ request, change, looking, find }: Props) {
  const { t } = useTranslation();
  const { model, revision, endpoint, token } = request;
  return (
    <form
      className="hub-form"
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        rememberEndpoint(endpoint);
        find();
      }}
    >
      <Field label={t('hub.model')} wide>
        {(id) => (
          <input
            id={id}
            data-testid="hub-model"
            value={model}
            placeholder="Qwen/Qwen2.5-0.5B-Instruct"
            spellCheck={false}
            onChange={(event) => change({ model: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('hub.revision')}>
        {(id) => (
          <input
            id={id}
            data-testid="hub-revision"
            value={revision}
            spellCheck={false}
            onChange={(event) => change({ revision: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('hub.endpoint')} hint={t('hub.endpointHint')}>
        {(id) => (
          <input
            id={id}
            data-testid="hub-endpoint"
            value={endpoint}
            spellCheck={false}
            // A token belongs to the server that it was entered for.
            onChange={(event) => change({ endpoint: event.target.value, token: undefined })}
          />
        )}
      </Field>
      <Field label={t('hub.token')} hint={t('hub.tokenHint')} wide>
        {(id) => (
          <input
            id={id}
            data-testid="hub-token"
            type="password"
            autoComplete="off"
            value={token?.value ?? ''}
            onChange={({ target: { value } }) => change({ token: value ? { value, endpoint } : undefined })}
          />
        )}
      </Field>
      <button type="submit" data-testid="hub-find" disabled={looking || model.trim() === ''}>
        {t(looking ? 'hub.looking' : 'hub.find')}
      </button>
    </form>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly wide?: boolean;
  readonly children: (id: string) => ReactNode;
}

function Field({ label, hint, wide = false, children }: FieldProps) {
  const id = useId();
  return (
    <div className={wide ? 'hub-field wide' : 'hub-field'}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {hint && <p className="hint">{hint}</p>}
    </div>
  );
}
