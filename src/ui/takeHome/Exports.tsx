/** What was written: in the browser's storage, and in folders of this visit. */
import { useTranslation } from 'react-i18next';
import { exportKey, type Session } from '../../store';
import { bytes } from '../i18n/format';
import { useSession } from '../studioContext';
import { ExportItem } from './ExportItem';

const exportsOf = (s: Session) => s.exports;

export function Exports() {
  const { t } = useTranslation();
  const exports = useSession(exportsOf);
  if (!exports?.length) return null;
  const own = exports.filter(({ where }) => where === 'browser').reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <section className="panel exports" aria-labelledby="exports-title" data-testid="exports">
      <div className="panel-head">
        <h2 id="exports-title">{t('exports.title')}</h2>
        {own > 0 && <p className="hint">{t('exports.used', { size: bytes(own) })}</p>}
      </div>
      <ul className="export-list">
        {exports.map((exported) => (
          <ExportItem key={exportKey(exported)} exported={exported} />
        ))}
      </ul>
    </section>
  );
}
