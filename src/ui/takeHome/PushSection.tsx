/** Push to the Hub, folded away until it is wanted: a model that was written here, the newest first, or a folder that is chosen. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { exportKey, type Session } from '../../store';
import { hasPicker } from '../models/folders';
import { FileButton } from '../shared/FileButton';
import { useSession, useStudio } from '../studioContext';
import { PushPanel } from './PushPanel';

const exportsOf = (s: Session) => s.exports;

interface Chosen {
  readonly folder: FileSystemDirectoryHandle | readonly File[];
  readonly name: string;
}

export function PushSection() {
  const { t } = useTranslation();
  const exports = useSession(exportsOf) ?? [];
  const [chosen, setChosen] = useState<Chosen>();
  const [key, setKey] = useState<string>();
  const written = exports.find((exported) => exportKey(exported) === key) ?? exports[0];
  const shown: Chosen | undefined = chosen ?? written;
  const pick = usePick(setChosen);
  return (
    <details className="panel push-section" data-testid="push">
      <summary>
        <h2>{t('push.title')}</h2>
      </summary>
      <p className="hint">{t('push.about')}</p>
      <div className="push-line">
        {exports.length > 0 && (
          <select
            data-testid="push-export"
            aria-label={t('push.written')}
            value={chosen || !written ? '' : exportKey(written)}
            onChange={({ target }) => {
              setChosen(undefined);
              setKey(target.value);
            }}
          >
            {chosen && <option value="">{chosen.name}</option>}
            {exports.map((exported) => (
              <option key={exportKey(exported)} value={exportKey(exported)}>
                {exported.name}
              </option>
            ))}
          </select>
        )}
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
