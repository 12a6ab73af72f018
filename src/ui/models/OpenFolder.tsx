/** The buttons that open a model folder (the browser's folder picker, or its file input where there is none) and close a model. */
import { useTranslation } from 'react-i18next';
import type { Role, Session } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { FileButton } from '../shared/FileButton';
import { useSession, useStudio } from '../studioContext';
import { hasPicker, pickFolder } from './folders';
import { useOpenFolder } from './useOpenFolder';

const lockedOf = (s: Session) => s.running !== undefined || s.runningAll;

export function OpenFolder({ of: role }: { readonly of: Role }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const openFolder = useOpenFolder(role);
  const { demo, info } = useSession((s) => s.models[role]);
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
        <button
          type="button"
          className="link"
          data-testid={`demo-${role}`}
          onClick={() => confirmLoss(role) && studio.loadDemoModel(role)}
        >
          {t('models.backToDemo')}
        </button>
      )}
      {info && <CloseModel of={role} />}
    </p>
  );
}

function CloseModel({ of: role }: { readonly of: Role }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const locked = useSession(lockedOf);
  return (
    <button
      type="button"
      className="link"
      data-testid={`close-${role}`}
      aria-label={t('models.closeRole', { role: t(`models.${role}`) })}
      disabled={locked}
      onClick={() => confirmLoss(role, 'close') && studio.closeModel(role)}
    >
      {t('models.close')}
    </button>
  );
}
