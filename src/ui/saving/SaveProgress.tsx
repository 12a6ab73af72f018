/** How far a result is written, with a way to stop, and in the end where it is. */
import { useTranslation } from 'react-i18next';
import type { Saving } from '../../store';
import { bytes } from '../i18n/format';
import { useStudio } from '../studioContext';
import { WriteProgress } from './WriteProgress';

export function SaveProgress({ saving }: { readonly saving: Saving }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const { artifact, saved, zip } = saving;
  const what = t(`artifact.${artifact}`);
  if (saved) {
    const facts = { folder: saved.folder, count: saved.files.length, size: bytes(saved.bytes) };
    return (
      <p className="took saved" data-testid={`saved-${artifact}`} data-folder={saved.folder} role="status">
        {t(zip ? 'save.zipped' : 'save.done', facts)}
      </p>
    );
  }
  return (
    <WriteProgress
      label={t('save.progress', { what })}
      testId={`saving-${artifact}`}
      written={saving.bytes}
      total={saving.total}
      stop={studio.stopSaving}
    />
  );
}
