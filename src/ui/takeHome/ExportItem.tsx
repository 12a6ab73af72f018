/** One model that was written: what is in it, and what can be done with it. */
import { useTranslation } from 'react-i18next';
import { type Exported, isSaving, type Session } from '../../store';
import { bytes } from '../i18n/format';
import { useSession, useStudio } from '../studioContext';
import { useExportZip } from './useExportZip';

const savingOf = (s: Session) => isSaving(s.saving);

export function ExportItem({ exported }: { readonly exported: Exported }) {
  const { t, i18n } = useTranslation();
  const studio = useStudio();
  const saving = useSession(savingOf);
  const zip = useExportZip();
  const { name, where, files } = exported;
  const size = bytes(exported.bytes);
  const facts = [
    ...[t(`exports.where.${where}`), t('exports.files', { count: files.length }), size],
    new Date(exported.saved).toLocaleString(i18n.language, { dateStyle: 'medium', timeStyle: 'short' }),
  ];
  const forget = (): void => {
    if (where === 'folder' || window.confirm(t('exports.deleteSure', { name, size }))) studio.deleteExport(exported);
  };
  return (
    <li className="export-item" data-testid="exported" data-name={name} data-where={where}>
      <h3 className="model-name">{name}</h3>
      <p className="hint">{facts.join(' · ')}</p>
      <details>
        <summary>{t('exports.contents')}</summary>
        <ul className="export-files">
          {files.map((file) => (
            <li key={file.path}>
              <code>{file.path}</code> <span className="number">{bytes(file.bytes)}</span>
            </li>
          ))}
        </ul>
      </details>
      <p className="source-actions">
        <button type="button" data-testid="export-zip" onClick={() => zip(exported)}>
          {t('exports.zip')}
        </button>
        <button
          type="button"
          className="link"
          data-testid="export-delete"
          disabled={saving}
          aria-label={t(where === 'browser' ? 'exports.deleteNamed' : 'exports.forgetNamed', { name })}
          onClick={forget}
        >
          {t(where === 'browser' ? 'exports.delete' : 'exports.forget')}
        </button>
      </p>
    </li>
  );
}
