/** Push to the Hub, folded away until it is wanted: the folder that was saved last in this visit, or one that is chosen. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../store';
import { hasPicker } from '../models/folders';
import { FileButton } from '../shared/FileButton';
import { useSession, useStudio } from '../studioContext';
import { PushPanel } from './PushPanel';

const savedOf = (s: Session) => s.savedFolder;

interface Chosen {
  readonly folder: FileSystemDirectoryHandle | readonly File[];
  readonly name: string;
}

export function PushSection() {
  const { t } = useTranslation();
  const saved = useSession(savedOf);
  const [chosen, setChosen] = useState<Chosen>();
  const shown = chosen ?? (saved && { folder: saved, name: saved.name });
  const pick = usePick(setChosen);
  return (
    <details className="panel push-section" data-testid="push">
      <summary>
        <h2>{t('push.title')}</h2>
      </summary>
      <p className="hint">{t('push.about')}</p>
      <div className="push-line">
        <FileButton
          folder
          testId="push-folder"
          name={t('push.chooseName')}
          open={(files) => {
            const [first] = files;
            if (first) setChosen({ folder: files, name: first.webkitRelativePath.split('/')[0] || first.name });
          }}
          onClick={(event) => {
            if (!hasPicker()) return;
            event.preventDefault();
            pick();
          }}
        >
          {t('push.choose')}
        </FileButton>
        <p className="model-name" data-testid="push-name">
          {shown ? shown.name : t('push.noFolder')}
        </p>
      </div>
      <PushPanel folder={shown?.folder} name={shown?.name ?? ''} />
    </details>
  );
}

/** The picker is opened by the click itself, or the browser refuses to. */
function usePick(choose: (chosen: Chosen) => void): () => Promise<void> {
  const studio = useStudio();
  return async () => {
    try {
      const folder = await window.showDirectoryPicker?.({ id: 'results', mode: 'read' });
      if (folder) choose({ folder, name: folder.name });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return;
      const reason = error instanceof Error ? error.message : String(error);
      const message = `The folder cannot be read (${reason}). Choose it again.`;
      studio.session.getState().notify({ code: 'push-folder-unreadable', message, detail: { folder: '–', reason } });
    }
  };
}
