/** The log of one evaluation in the recipe's form, to be read and copied. */
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { evaluationLog, type Session, type Subject, subjects } from '../../store';
import { CopyButton } from '../shared/CopyButton';
import { useSession } from '../studioContext';
import { LogLines } from './LogLines';

const evaluationsOf = (s: Session) => s.evaluations;
const lastOf = (s: Session) => s.lastMeasured;

export function EvaluationLog() {
  const { t } = useTranslation();
  const evaluations = useSession(evaluationsOf);
  const last = useSession(lastOf);
  const [chosen, setChosen] = useState<Subject>();
  const [when, setWhen] = useState<number>();
  const measured = subjects.filter((subject) => evaluations[subject].length > 0);
  const subject = [chosen, last].find((name) => name && measured.includes(name)) ?? measured.at(-1);
  const list = subject ? evaluations[subject] : [];
  const index = when !== undefined && when < list.length ? when : list.length - 1;
  const evaluation = list[index];
  const lines = useMemo(() => (evaluation ? evaluationLog(evaluation) : []), [evaluation]);
  return (
    <section className="panel" aria-labelledby="log-title">
      <div className="panel-head">
        <h2 id="log-title">{t('log.title')}</h2>
        {evaluation && (
          <div className="actions">
            <select
              data-testid="log-subject"
              aria-label={t('log.subject')}
              value={subject}
              onChange={({ target }) => {
                setChosen(measured.find((name) => name === target.value));
                setWhen(undefined);
              }}
            >
              {measured.map((name) => (
                <option key={name} value={name}>
                  {t(`subject.${name}`)}
                </option>
              ))}
            </select>
            {list.length > 1 && (
              <select aria-label={t('log.when')} value={index} onChange={({ target }) => setWhen(Number(target.value))}>
                {list.map(({ step, rows }, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: evaluations are only ever added at the end
                  <option key={i} value={i}>
                    {t('log.step', { step, rows })}
                  </option>
                ))}
              </select>
            )}
            <CopyButton testId="copy-log" text={() => lines.map((line) => line.text).join('\n')} />
          </div>
        )}
      </div>
      {evaluation ? <LogLines lines={lines} /> : <p className="empty">{t('log.empty')}</p>}
    </section>
  );
}
