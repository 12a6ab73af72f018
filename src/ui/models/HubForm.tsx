/** Name, revision, endpoint and token of a model on a Hub. */
import { useTranslation } from 'react-i18next';
import type { HubRequest } from '../../store';
import { LabelledField } from '../shared/LabelledField';
import { SecretInput } from '../shared/SecretInput';
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
      <LabelledField label={t('hub.model')} wide>
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
      </LabelledField>
      <LabelledField label={t('hub.revision')}>
        {(id) => (
          <input
            id={id}
            data-testid="hub-revision"
            value={revision}
            spellCheck={false}
            onChange={(event) => change({ revision: event.target.value })}
          />
        )}
      </LabelledField>
      <LabelledField label={t('hub.endpoint')} hint={t('hub.endpointHint')}>
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
      </LabelledField>
      <LabelledField label={t('hub.token')} hint={t('hub.tokenHint')} wide>
        {(id) => (
          <SecretInput
            id={id}
            data-testid="hub-token"
            secret={token?.value ?? ''}
            change={(value) => change({ token: value ? { value, endpoint } : undefined })}
          />
        )}
      </LabelledField>
      <button type="submit" data-testid="hub-find" disabled={looking || model.trim() === ''}>
        {t(looking ? 'hub.looking' : 'hub.find')}
      </button>
    </form>
  );
}
