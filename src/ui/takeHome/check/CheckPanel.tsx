/** One written model under a second engine: what is to be checked, how far it is, what came of it, and every row. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Exported, exportKey, type OnnxForm, onnxFormsOf, type Reports } from '../../../store';
import { describeFailure } from '../../i18n/describe';
import { useVouching } from '../../studioContext';
import { CheckForm } from './CheckForm';
import { CheckProgress } from './CheckProgress';
import { CheckReport } from './CheckReport';
import { CheckRows } from './CheckRows';

export function CheckPanel({ exported }: { readonly exported: Exported }) {
  const { t } = useTranslation();
  const of = exportKey(exported);
  const forms = onnxFormsOf(exported);
  const check = useVouching((s) => (s.check?.of === of ? s.check : undefined));
  const reports = useVouching((s) => s.reports[of]);
  const [chosen, setChosen] = useState<OnnxForm>();
  const running = check && !check.failure ? check : undefined;
  const form = running?.form ?? chosen ?? check?.form ?? worthSeeing(forms, reports);
  if (!form) return <p className="hint">{t('check.none')}</p>;
  const failure = check?.form === form ? check.failure : undefined;
  const report = running || failure ? undefined : reports?.[form];
  const rows = running?.compared ?? report?.rows ?? [];
  return (
    <div className="check-panel" data-testid="check-panel">
      <p className="hint">{t('check.about')}</p>
      <CheckForm exported={exported} forms={forms} form={form} choose={setChosen} running={running} />
      {running && <CheckProgress check={running} />}
      {failure && (
        <p className="problem" role="alert" data-testid="check-failed">
          {describeFailure(t, failure)}
        </p>
      )}
      {report && <CheckReport report={report} />}
      {rows.length > 0 && <CheckRows name={exported.name} form={form} rows={rows} />}
    </div>
  );
}

/** A form that is red, else the last that was checked, else the first. */
function worthSeeing(forms: readonly OnnxForm[], reports: Reports = {}): OnnxForm | undefined {
  const red = forms.find((form) => reports[form]?.verdict === 'disagrees');
  return red ?? forms.findLast((form) => reports[form]) ?? forms[0];
}
