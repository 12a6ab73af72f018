/** Models from a Hub, folded away until they are wanted: look one up, download it, and what is kept in the browser. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { HubModel, HubRequest, Session } from '../../store';
import { useSession, useStudio } from '../studioContext';
import { DownloadBar } from './DownloadBar';
import { FoundModel } from './FoundModel';
import { HubForm } from './HubForm';
import { defaultHub, rememberedEndpoint } from './hubEndpoint';
import { StoredModels } from './StoredModels';

const hubOf = (s: Session) => s.hub;

export function HubPanel() {
  const { t } = useTranslation();
  const studio = useStudio();
  const { looking, found, progress, stored } = useSession(hubOf);
  const [request, setRequest] = useState<HubRequest>(() => ({
    ...{ model: '', revision: 'main', endpoint: rememberedEndpoint(), token: undefined },
  }));

  const download = ({ name, endpoint }: HubModel, revision: string): void => {
    // Unasked, a browser may clear away what a page has stored.
    navigator.storage?.persist?.().catch(() => {});
    studio.download({ ...request, model: name, endpoint, revision });
  };

  return (
    <details className="hub" data-testid="hub" onToggle={(event) => event.currentTarget.open && studio.listStored()}>
      <summary>{t('hub.title')}</summary>
      <div className="hub-body">
        <HubForm
          request={request}
          change={(change) => setRequest({ ...request, ...change })}
          looking={looking}
          find={() => studio.findModel({ ...request, endpoint: request.endpoint.trim() || defaultHub })}
        />
        {found && !progress && <FoundModel model={found} download={() => download(found, found.revision)} />}
        {progress && <DownloadBar progress={progress} cancel={studio.cancelDownload} />}
        {stored && stored.length > 0 && (
          // By its commit: the branch may have moved on since.
          <StoredModels stored={stored} progress={progress} resume={({ model }) => download(model, model.commit)} />
        )}
      </div>
    </details>
  );
}
