/** The log of one evaluation in the recipe's form, to be read and copied. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { evaluationLog } from '../../store';
import { CopyButton } from '../shared/CopyButton';
import { EvaluationChoice, useChosenEvaluation } from './EvaluationChoice';
import { LogLines } from './LogLines';

export function EvaluationLog() {
  const { t } = useTranslation();
  const chosen = useChosenEvaluation();
  const evaluation = chosen.list[chosen.index];
  const lines = useMemo(() => (evaluation ? evaluationLog(evaluation) : []), [evaluation]);
  return (
    <section className="panel" aria-labelledby="log-title">
      <div className="panel-head">
        <h2 id="log-title">{t('log.title')}</h2>
        {evaluation && (
          <div className="actions">
            <EvaluationChoice of={chosen} testId="log-subject" />
            <CopyButton testId="copy-log" text={() => lines.map((line) => line.text).join('\n')} />
          </div>
        )}
      </div>
      {evaluation ? <LogLines lines={lines} /> : <p className="empty">{t('log.empty')}</p>}
    </section>
  );
}
