/** A model as the Hub describes it, its licence first of all, and the button that downloads it. */
import { useTranslation } from 'react-i18next';
import type { HubModel, Licence } from '../../store';
import { bytes, parameters } from '../i18n/format';

interface Props {
  readonly model: HubModel;
  readonly download: () => void;
}

export function FoundModel({ model, download }: Props) {
  const { t } = useTranslation();
  return (
    <div className="hub-found" data-testid="hub-found" aria-live="polite">
      <p className="model-name">{model.name}</p>
      <p className="hint">
        {t('hub.found', {
          architecture: model.architecture,
          parameters: parameters(model.parameters),
          count: model.files.length,
          size: bytes(model.bytes),
          revision: model.revision,
          commit: model.commit.slice(0, 8),
        })}
      </p>
      <LicenceLine licence={model.licence} />
      <button type="button" className="primary" data-testid="hub-download" onClick={download}>
        {t('hub.download', { size: bytes(model.bytes) })}
      </button>
    </div>
  );
}

export function LicenceLine({ licence }: { readonly licence: Licence | undefined }) {
  const { t } = useTranslation();
  if (!licence) return <p className="hint warn">{t('hub.licenceUnknown')}</p>;
  const { id, link, commercial } = licence;
  return (
    <p className={commercial ? 'hint' : 'hint warn'} data-testid="licence">
      {t('hub.licence')}{' '}
      {link ? (
        <a href={link} target="_blank" rel="noreferrer">
          {id}
        </a>
      ) : (
        id
      )}
      {!commercial && `: ${t('hub.nonCommercial')}`}
    </p>
  );
}
