/** Whose evaluation, and after which step: what the log and the live predictions are about. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type JudgedEvaluation, type Session, type Subject, subjects } from '../../store';
import { useSession } from '../studioContext';

export interface ChosenEvaluation {
  readonly measured: readonly Subject[];
  readonly subject: Subject | undefined;
  /** All of the subject, oldest first. */
  readonly list: readonly JudgedEvaluation[];
  readonly index: number;
  readonly choose: (subject: Subject | undefined) => void;
  readonly chooseWhen: (index: number) => void;
}

const evaluationsOf = (s: Session) => s.evaluations;
const lastOf = (s: Session) => s.lastMeasured;

/** The newest one of the model that was measured last, until a person chooses. */
export function useChosenEvaluation(): ChosenEvaluation {
  const evaluations = useSession(evaluationsOf);
  const last = useSession(lastOf);
  const [chosen, setChosen] = useState<Subject>();
  const [when, setWhen] = useState<{ readonly subject: Subject | undefined; readonly index: number }>();
  const measured = subjects.filter((subject) => evaluations[subject].length > 0);
  const subject = [chosen, last].find((name) => name && measured.includes(name)) ?? measured.at(-1);
  const list = subject ? evaluations[subject] : [];
  // A step that was chosen for one model is none of another's.
  const index = when && when.subject === subject && when.index < list.length ? when.index : list.length - 1;
  const choose = (name: Subject | undefined): void => {
    setChosen(name);
    setWhen(undefined);
  };
  return { measured, subject, list, index, choose, chooseWhen: (at) => setWhen({ subject, index: at }) };
}

interface Props {
  readonly of: ChosenEvaluation;
  readonly testId: string;
}

export function EvaluationChoice({ of: { measured, subject, list, index, choose, chooseWhen }, testId }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <select
        data-testid={testId}
        aria-label={t('log.subject')}
        value={subject}
        onChange={({ target }) => choose(measured.find((name) => name === target.value))}
      >
        {measured.map((name) => (
          <option key={name} value={name}>
            {t(`subject.${name}`)}
          </option>
        ))}
      </select>
      {list.length > 1 && (
        <select aria-label={t('log.when')} value={index} onChange={({ target }) => chooseWhen(Number(target.value))}>
          {list.map(({ step, rows }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: evaluations are only ever added at the end
            <option key={i} value={i}>
              {t('log.step', { step, rows })}
            </option>
          ))}
        </select>
      )}
    </>
  );
}
