/** The button that opens a model folder: the browser's folder picker, or its file input where there is none. */
import { useTranslation } from 'react-i18next';
import type { Role } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { FileButton } from '../shared/FileButton';
import { useStudio } from '../studioContext';
import { hasPicker, pickFolder } from './folders';
import { useOpenFolder } from './useOpenFolder';

export function OpenFolder({ of: role, demo }: { readonly of: Role; readonly demo: boolean }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const openFolder = useOpenFolder(role);
  const open = (files: readonly File[]): void => {
    const [first] = files;
    // The browser gives “folder/sub/file”: the first part is the folder that was chosen.
    const name = first && (first.webkitRelativePath.split('/')[0] || first.name);
    if (name && confirmLoss(role)) studio.loadModel(role, { kind: 'files', name, files });
  };
  return (
    <p className="source-actions">
      <FileButton
        folder
        testId={`folder-${role}`}
        name={t('models.openRole', { role: t(`models.${role}`) })}
        open={open}
        onClick={(event) => {
          if (!hasPicker()) return;
          // The picker lets the page look at what is needed; the input would list a whole folder first.
          event.preventDefault();
          openFolder(pickFolder());
        }}
      >
        {t('models.open')}
      </FileButton>
      {!demo && (
        <button type="button" className="link" onClick={() => confirmLoss(role) && studio.loadDemoModel(role)}>
          {t('models.backToDemo')}
        </button>
      )}
    </p>
  );
}
