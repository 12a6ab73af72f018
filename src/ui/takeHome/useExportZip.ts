/** A folder that was written before as one zip, read and written piece by piece. */
import type { Exported } from '../../store';
import { saveZip } from '../saving/place';
import { useStudio } from '../studioContext';

export function useExportZip(): (exported: Exported) => Promise<void> {
  const studio = useStudio();
  return async (exported) => {
    const file = `${exported.name}.zip`;
    try {
      await saveZip(file, () => studio.zipExport(exported));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `${file} was not written: ${reason}.`;
      studio.session.getState().notify({ code: 'report-not-written', message, detail: { file, reason } });
    }
  };
}
