/** One model that was written: what is in it, and what can be done with it. */
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Exported, exportKey, isSaving, type Session } from '../../store';
import { bytes } from '../i18n/format';
import { WriteProgress } from '../saving/WriteProgress';
import { useOnceOpened } from '../shared/opened';
import { useSession, useStudio, useVouching } from '../studioContext';
import { CheckBadges } from './check/CheckBadges';
import { useExportZip } from './useExportZip';

// Each comes when it is opened.
const CheckPanel = lazy(async () => ({ default: (await import('./check/CheckPanel')).CheckPanel }));
const TryPanel = lazy(async () => ({ default: (await import('./try/TryPanel')).TryPanel }));

const savingOf = (s: Session) => isSaving(s.saving);

export function ExportItem({ exported }: { readonly exported: Exported }) {
  const { t, i18n } = useTranslation();
  const studio = useStudio();
  const saving = useSession(savingOf);
  const checked = useVouching(({ check }) => check?.of === exportKey(exported));
  const { zip, written, stop, done } = useExportZip(exported);
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
      <CheckBadges exported={exported} />
      <p className="hint">{facts.join(' · ')}</p>
      <Part name="check" title={t('check.title')} wanted={checked}>
        <CheckPanel exported={exported} />
      </Part>
      <Part name="try" title={t('try.title')}>
        <TryPanel exported={exported} />
      </Part>
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
        <button type="button" data-testid="export-zip" disabled={written !== undefined} onClick={zip}>
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
      {written !== undefined && (
        <WriteProgress
          label={t('exports.zipping', { name })}
          testId="zipping"
          written={Math.min(written, exported.bytes)}
          total={exported.bytes}
          stop={stop}
        />
      )}
      {done && (
        <p className="hint" role="status" data-testid="zipped">
          {t('save.zipped', { count: files.length, folder: done, size })}
        </p>
      )}
    </li>
  );
}

interface PartProps {
  readonly name: string;
  readonly title: string;
  /** Something goes on in it: it opens by itself. */
  readonly wanted?: boolean;
  readonly children: ReactNode;
}

/** Made when it is opened first; what is typed in it stays when it is closed. */
function Part({ name, title, wanted = false, children }: PartProps) {
  const [open, setOpen] = useState(false);
  const made = useOnceOpened(open);
  useEffect(() => {
    if (wanted) setOpen(true);
  }, [wanted]);
  return (
    <details
      className="export-part"
      data-testid={`export-${name}`}
      open={open}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>{title}</summary>
      {made && <Suspense fallback={null}>{children}</Suspense>}
    </details>
  );
}
