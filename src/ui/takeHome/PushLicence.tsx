/** Under which licences a folder stands, its own and those of the models it was made from, and what follows from them. */
import { useTranslation } from 'react-i18next';
import type { BaseModel, Licence, PushPreview } from '../../store';
import { bytes } from '../i18n/format';

interface Props {
  readonly preview: PushPreview;
  readonly confirmed: boolean;
  readonly confirm: (confirmed: boolean) => void;
}

export function PushLicence({ preview, confirmed, confirm }: Props) {
  const { t } = useTranslation();
  const { files, licence, bases } = preview;
  const unknown = bases.length === 0 || bases.some((base) => !base.licence);
  return (
    <div className="push-licence" data-testid="push-licence">
      <p>{t('push.what', { count: files, size: bytes(preview.bytes) })}</p>
      <ul>
        <li>
          {t('push.own')} <LicenceName licence={licence} />
        </li>
        {bases.map((base) => (
          <Base key={base.name} base={base} />
        ))}
      </ul>
      {bases.length === 0 && <p className="hint warn">{t('push.noBase')}</p>}
      {unknown && <p className="hint warn">{t('push.unknown')}</p>}
      {!licence.commercial && <p className="hint warn">{t('push.nonCommercial', { licence: licence.id })}</p>}
      <label className="check push-confirm">
        <input
          type="checkbox"
          data-testid="push-confirm"
          checked={confirmed}
          onChange={({ target }) => confirm(target.checked)}
        />
        {t('push.confirm')}
      </label>
    </div>
  );
}

function Base({ base }: { readonly base: BaseModel }) {
  const { t } = useTranslation();
  return (
    <li data-testid="push-base" data-licence={base.licence?.id ?? ''}>
      {t('push.base', { name: base.name })}{' '}
      {base.licence ? <LicenceName licence={base.licence} /> : t('push.baseUnknown')}
    </li>
  );
}

function LicenceName({ licence: { id, link } }: { readonly licence: Licence }) {
  // The name of a file in the folder is no address.
  if (!link || !/^https?:/.test(link)) return <strong>{id}</strong>;
  return (
    <a href={link} target="_blank" rel="noreferrer">
      {id}
    </a>
  );
}
