/** Opens the model that a folder holds; asks first when something trained would be lost. */
import { type Entry, findModelFiles, type Role } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { useStudio } from '../studioContext';

export function useOpenFolder(role: Role): (folder: Promise<Entry | undefined>) => Promise<void> {
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  return async (folder) => {
    const { notify } = studio.session.getState();
    try {
      const root = await folder;
      if (!root) return;
      const found = await findModelFiles(root);
      if ('failure' in found) notify(found.failure);
      else if (confirmLoss(role)) await studio.loadModel(role, { kind: 'files', ...found });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      notify({ code: 'folder-unreadable', message: `The folder cannot be read: ${reason}`, detail: { reason } });
    }
  };
}
