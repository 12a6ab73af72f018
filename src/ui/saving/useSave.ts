/** A result into the place that the person chooses; what goes wrong is said in the page. */
import type { Artifact, Exported, SaveChoice, Saved } from '../../store';
import { useStudio } from '../studioContext';
import { choosePlace, type Where } from './place';

/** Resolves with the model where it can be looked at now; what was put in a zip is gone from here. */
type Save = (artifact: Artifact, where: Where, choice?: SaveChoice) => Promise<Exported | undefined>;

/** The picker is opened by the click itself, or the browser refuses to. */
export function useSave(): Save {
  const studio = useStudio();
  const listed = (is: (exported: Exported) => boolean) => studio.session.getState().exports?.find(is);
  const inBrowser = (saved: Saved) => listed(({ where, name }) => where === 'browser' && name === saved.folder);
  return async (artifact, where, choice) => {
    try {
      const chosen = await choosePlace(where, choice?.name ?? artifact);
      if (!chosen) return undefined;
      const write = () => studio.save(artifact, chosen.place, choice);
      const saved = await (where === 'browser' ? studio.whileWriting(write) : write());
      const folder = saved && (await chosen.finish(saved));
      if (where === 'browser') {
        await studio.listExports();
        return saved && inBrowser(saved);
      }
      if (!folder || artifact.endsWith('-adapter')) return undefined;
      await studio.addExport(folder);
      return listed((exported) => exported.folder === folder);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `The place cannot be written to: ${reason}`;
      studio.session.getState().notify({ code: 'save-denied', message, detail: { file: artifact, reason } });
      return undefined;
    }
  };
}
