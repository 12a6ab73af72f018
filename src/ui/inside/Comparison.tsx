/** The tokens of a row, coloured by how far the two models part there, and what each expects at the chosen one. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TokenComparison, TokenPosition } from '../../store';
import { figure } from '../i18n/format';
import { visible } from '../shared/visible';
import { Chips, Legend } from './Chips';
import { Choices } from './Choices';
import { worstOf } from './heat';

export function Comparison({ comparison }: { readonly comparison: TokenComparison }) {
  const { t } = useTranslation();
  const { positions, question, line, teacher, student, asked } = comparison;
  const [at, setAt] = useState(worstOf(positions));
  // Another row is first looked at where it parts most.
  useEffect(() => setAt(worstOf(positions)), [positions]);
  const chosen = positions[at];
  const same = positions.filter(({ sameTop }) => sameTop).length;
  const mean = positions.reduce((sum, { divergence }) => sum + divergence, 0) / Math.max(1, positions.length);
  return (
    <div
      data-testid="token-comparison"
      data-line={line}
      data-mean={mean}
      data-same={same}
      data-tokens={positions.length}
    >
      <p className="token-question">
        <strong>{t('tokens.line', { line })}</strong> {question}
      </p>
      <p className="hint">
        {t('tokens.summary', { tokens: positions.length, mean: figure(mean), same })}
        {asked > 1 && ` ${t('tokens.among', { asked })}`}
      </p>
      <Chips positions={positions} at={at} choose={setAt} />
      <Legend />
      {chosen && <Chosen position={chosen} teacher={t(`subject.${teacher}`)} student={t(`subject.${student}`)} />}
    </div>
  );
}

interface ChosenProps {
  readonly position: TokenPosition;
  readonly teacher: string;
  readonly student: string;
}

function Chosen({ position, teacher, student }: ChosenProps) {
  const { t } = useTranslation();
  const { id, text, divergence, sameTop } = position;
  return (
    <div className="chosen" data-testid="token-chosen">
      <p>
        {t('tokens.wanted')} <span className="token-text">{visible(text)}</span>
        <span className="hint"> {t('tokens.divergence', { value: figure(divergence) })}</span>
        {!sameTop && <span className="badge warn">{t('tokens.parts')}</span>}
      </p>
      <div className="expectations">
        <Choices who={teacher} whose="teacher" expectation={position.teacher} wanted={id} />
        <Choices who={student} whose="student" expectation={position.student} wanted={id} />
      </div>
    </div>
  );
}
