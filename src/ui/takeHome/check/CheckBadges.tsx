/** What is known of a written model's ONNX in this visit, form by form, in a few words. */
import { useTranslation } from 'react-i18next';
import { type Exported, exportKey, onnxFormsOf } from '../../../store';
import { Icon } from '../../shared/Icon';
import { useVouching } from '../../studioContext';
import { badgeText } from './words';

const looks = { agrees: 'good', disagrees: 'bad', measured: '', stopped: '' } as const;

export function CheckBadges({ exported }: { readonly exported: Exported }) {
  const { t } = useTranslation();
  const of = exportKey(exported);
  const reports = useVouching((s) => s.reports[of]) ?? {};
  const checking = useVouching(({ check }) => check?.of === of && check.failure === undefined);
  const forms = onnxFormsOf(exported);
  const known = forms.flatMap((form) => reports[form] ?? []).map((report) => badgeText(t, report));
  if (forms.length === 0) return null;
  return (
    <span className="check-badges" data-testid="check-badges">
      {known.map(({ form, verdict, text }) => (
        <span key={form} className={`badge ${looks[verdict]}`} data-form={form} data-verdict={verdict}>
          {verdict === 'agrees' && <Icon name="check" />}
          {verdict === 'disagrees' && <Icon name="warning" />}
          {text}
        </span>
      ))}
      {checking && <span className="badge">{t('check.badge.checking')}</span>}
      {known.length === 0 && !checking && <span className="badge">{t('check.badge.unchecked')}</span>}
    </span>
  );
}
