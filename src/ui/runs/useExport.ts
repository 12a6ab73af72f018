/** A kept run into a file: its report, or everything as a zip. */
import { useTranslation } from 'react-i18next';
import type { RunRecord } from '../../store';
import { language } from '../i18n';
import { downloadBlob, saveZip } from '../saving/place';
import { useStudio } from '../studioContext';
import { report } from './report/report';

interface Export {
  readonly report: () => Promise<void>;
  /** The name of the file that was written; undefined when the person closed the picker, or when it failed, which is said. */
  readonly zip: () => Promise<string | undefined>;
}

export function useExport(record: RunRecord): Export {
  const { t } = useTranslation();
  const studio = useStudio();

  const told = async <T>(file: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `${file} was not written: ${reason}.`;
      studio.session.getState().notify({ code: 'report-not-written', message, detail: { file, reason } });
      return undefined;
    }
  };

  const whole = async () => {
    const run = await studio.wholeRun(record.id);
    if (!run) throw new Error(t('runs.gone'));
    return run;
  };

  return {
    report: async () => {
      const file = `${fileName(record.name)}.html`;
      await told(file, async () => {
        const page = report(await whole(), t, language());
        downloadBlob(new Blob([page], { type: 'text/html' }), file);
      });
    },
    zip: async () => {
      const file = `${fileName(record.name)}.zip`;
      return told(file, async () => {
        return saveZip(file, async () => {
          const run = await whole();
          const schema = new URL('recipe.schema.json', document.baseURI).href;
          return studio.zipRun(run, report(run, t, language()), schema);
        });
      });
    },
  };
}

/** What every file system takes. */
function fileName(name: string): string {
  const plain = name
    .replace(/[^\p{L}\p{N}._ -]+/gu, '-')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.replace(/^[.-]+/, '').slice(0, 80) || 'run';
}
