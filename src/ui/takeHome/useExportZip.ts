/** A folder that was written before as one zip, read and written piece by piece. */
import type { Exported } from '../../store';
import { downloadBlob } from '../saving/place';
import { useStudio } from '../studioContext';

export function useExportZip(): (exported: Exported) => Promise<void> {
  const studio = useStudio();
  return async (exported) => {
    const file = `${exported.name}.zip`;
    try {
      // In the click itself, or the browser refuses to open it.
      const handle = await window.showSaveFilePicker?.({ suggestedName: file });
      const zip = await studio.zipExport(exported);
      if (handle) await zip.pipeTo(await handle.createWritable());
      else downloadBlob(await new Response(zip, { headers: { 'content-type': 'application/zip' } }).blob(), file);
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return;
      const reason = error instanceof Error ? error.message : String(error);
      const message = `${file} was not written: ${reason}.`;
      studio.session.getState().notify({ code: 'report-not-written', message, detail: { file, reason } });
    }
  };
}
