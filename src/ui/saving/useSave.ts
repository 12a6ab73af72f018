/** A result into the place that the person chooses; what goes wrong is said in the page. */
import type { Artifact, SaveChoice } from '../../store';
import { useStudio } from '../studioContext';
import { choosePlace, type Where } from './place';

type Save = (artifact: Artifact, where: Where, choice?: SaveChoice) => Promise<void>;

/** The picker is opened by the click itself, or the browser refuses to. */
export function useSave(): Save {
  const studio = useStudio();
  return async (artifact, where, choice) => {
    try {
      const chosen = await choosePlace(where, choice?.name ?? artifact);
      const saved = chosen && (await studio.save(artifact, chosen.place, choice));
      const folder = saved && (await chosen.finish(saved));
      if (where === 'browser') await studio.listExports();
      else if (folder && !artifact.endsWith('-adapter')) await studio.addExport(folder);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `The place cannot be written to: ${reason}`;
      studio.session.getState().notify({ code: 'save-denied', message, detail: { file: artifact, reason } });
    }
  };
}
