/** Opens a folder that the studio wrote: its run joins the list, its results come onto the page where they fit. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Entry, Reopened } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { hasPicker, pickedFolder, pickFolder } from '../models/folders';
import { FileButton } from '../shared/FileButton';
import { useStudio } from '../studioContext';

interface Opening {
  readonly open: (folder: Promise<Entry | undefined>) => Promise<void>;
  /** What became of the last one. */
  readonly done: Reopened | undefined;
}

export function useOpenRun(): Opening {
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const [done, setDone] = useState<Reopened>();
  const open: Opening['open'] = async (folder) => {
    setDone(undefined);
    try {
      const root = await folder;
      if (root) setDone(await studio.openRun(root, confirmLoss));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `The folder cannot be read: ${reason}`;
      studio.session.getState().notify({ code: 'folder-unreadable', message, detail: { reason } });
    }
  };
  return { open, done };
}

export function OpenRun({ opening: { open, done } }: { readonly opening: Opening }) {
  const { t } = useTranslation();
  return (
    <p className="source-actions">
      <FileButton
        folder
        className="button small"
        testId="run-folder"
        name={t('runs.openFolderName')}
        open={(files) => open(Promise.resolve(pickedFolder(files)))}
        onClick={(event) => {
          if (!hasPicker()) return;
          // The picker lets the page look at what is needed; the input would list a whole folder first.
          event.preventDefault();
          open(pickFolder());
        }}
      >
        {t('runs.openFolder')}
      </FileButton>
      <span className="hint" role="status" data-testid="run-opened">
        {done &&
          `${t(`runs.folder.${done.kept}`, { name: done.name })} ${done.current ? t('runs.folder.current') : ''}`}
      </span>
    </p>
  );
}
