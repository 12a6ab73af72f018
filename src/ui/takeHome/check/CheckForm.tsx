/** Which form is checked, who reads it, where it is computed and on how many rows; the button, or why it waits. */
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type Check,
  type Exported,
  noCheck,
  type OnnxForm,
  type SecondRuntime,
  type Session,
  someRows,
} from '../../../store';
import { describeFailure } from '../../i18n/describe';
import { Icon } from '../../shared/Icon';
import { LabelledField } from '../../shared/LabelledField';
import { useSession, useStudio } from '../../studioContext';
import { SecondChoice, useBackend } from '../SecondChoice';
import { RowCount, type RowsWish, rowsOf } from './RowCount';

const totalOf = (s: Session) => s.data.test.dataset?.examples.length ?? 0;
const runtimes: readonly SecondRuntime[] = ['onnxruntime', 'transformers.js'];

interface Props {
  readonly exported: Exported;
  readonly forms: readonly OnnxForm[];
  readonly form: OnnxForm;
  readonly choose: (form: OnnxForm) => void;
  /** The one under way: it may have been begun elsewhere, with other choices than those of the form. */
  readonly running: Check | undefined;
}

export function CheckForm({ exported, forms, form, choose, running }: Props) {
  const { t } = useTranslation();
  const studio = useStudio();
  const why = useId();
  const total = useSession(totalOf);
  const waits = useSession(noCheck);
  const on = useBackend(form, 'wasm');
  const [runtime, setRuntime] = useState<SecondRuntime>('onnxruntime');
  const [wish, setWish] = useState<RowsWish>({ kind: 'all', typed: String(someRows) });
  const rows = rowsOf(wish, total);
  if (running) return <Running check={running} total={total} />;
  return (
    <form
      className="check-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (rows !== 'wrong') studio.vouch(exported, { form, runtime, backend: on.backend, rows });
      }}
    >
      <div className="second-fields">
        <SecondChoice name="check" forms={forms} form={form} choose={choose} on={on}>
          <LabelledField label={t('check.runtime')}>
            {(id) => (
              <select
                id={id}
                data-testid="check-runtime"
                value={runtime}
                onChange={({ target }) => setRuntime(runtimes.find((one) => one === target.value) ?? runtime)}
              >
                {runtimes.map((one) => (
                  <option key={one} value={one}>
                    {t(`check.runtime.${one}`)}
                  </option>
                ))}
              </select>
            )}
          </LabelledField>
        </SecondChoice>
        <RowCount wish={wish} choose={setWish} total={total} />
      </div>
      <button
        type="submit"
        data-testid="check-start"
        aria-describedby={waits && why}
        disabled={waits !== undefined || rows === 'wrong'}
      >
        <Icon name="play" />
        {t('check.start')}
      </button>
      {waits && (
        <p className="hint" id={why} data-testid="check-waits">
          {describeFailure(t, waits)}
        </p>
      )}
    </form>
  );
}

/** What was chosen; the fields come back when it has ended. */
function Running({ check, total }: { readonly check: Check; readonly total: number }) {
  const { t } = useTranslation();
  const { form, runtime, backend, rows = total } = check;
  const about = {
    ...{ form, rows: t('check.rowsOf', { count: rows }) },
    ...{ runtime: t(`check.runtime.${runtime}`), backend: t(`check.backend.${backend}`) },
  };
  return <p data-testid="check-running">{t('check.with', about)}</p>;
}
