/** What the models are tested on when a person's own rows came without test rows: said in a sentence, and changed here. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { defaultShare, type Session } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { percent, whole } from '../i18n/format';
import { FileButton } from '../shared/FileButton';
import { Icon } from '../shared/Icon';
import { useSession, useStudio } from '../studioContext';
import { rowFiles } from './SplitSource';

const divisionOf = (s: Session) => s.division;
const dataOf = (s: Session) => s.data;

export function DivisionNote({ openTest }: { readonly openTest: (files: readonly File[]) => void }) {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const division = useSession(divisionOf);
  const { train, test } = useSession(dataOf);
  const running = useSession((s) => s.running !== undefined);
  const [trained, tested] = [train.dataset?.examples.length, test.dataset?.examples.length ?? 0];
  const onDemo = !train.demo && (test.demo || !test.dataset);
  if (trained === undefined || (!division && !onDemo) || train.loading || test.loading) return null;
  const divide = (share: number): void => {
    if (confirmLoss('train')) studio.divideRows(share);
  };
  const facts = { test: whole(tested), all: whole(trained + tested), seed: division?.seed ?? 0 };
  return (
    <div
      className={division ? 'division' : 'division warn'}
      data-testid="division"
      data-share={division?.share ?? 0}
      role="status"
    >
      <p>
        <Icon name={division ? 'check' : 'warning'} />
        <span>{division ? t('rows.divided', facts) : t(test.demo ? 'rows.onDemo' : 'rows.noTest')}</span>
      </p>
      <p className="row-actions">
        {division ? (
          <ShareField share={division.share} disabled={running} divide={divide} />
        ) : (
          <button
            type="button"
            className="small"
            data-testid="divide"
            disabled={running}
            onClick={() => divide(defaultShare)}
          >
            {t('rows.divide', { share: percent(defaultShare) })}
          </button>
        )}
        <FileButton
          className="button small"
          testId="open-test-instead"
          name={t('data.openTest')}
          accept={rowFiles}
          multiple
          open={openTest}
        >
          {t('rows.openTest')}
        </FileButton>
        {division && (
          <button
            type="button"
            className="link"
            data-testid="undo-division"
            disabled={running}
            onClick={() => confirmLoss('train') && studio.loadDemoRows('test')}
          >
            {t('rows.undoDivision')}
          </button>
        )}
      </p>
    </div>
  );
}

interface ShareProps {
  readonly share: number;
  readonly disabled: boolean;
  readonly divide: (share: number) => void;
}

/** Takes effect when it is left, or with Enter; what is no share springs back. */
function ShareField({ share, disabled, divide }: ShareProps) {
  const { t } = useTranslation();
  const percents = String(Number((share * 100).toFixed(2)));
  const [text, setText] = useState(percents);
  useEffect(() => setText(percents), [percents]);
  const commit = (): void => {
    const value = Number(text) / 100;
    if (text.trim() !== '' && value > 0 && value < 1 && text !== percents) divide(value);
    setText(percents);
  };
  return (
    <label className="share-field">
      {t('rows.shareField')}
      <input
        inputMode="decimal"
        data-testid="test-share"
        value={text}
        disabled={disabled}
        onChange={({ target }) => setText(target.value)}
        onBlur={commit}
        onKeyDown={({ key }) => key === 'Enter' && commit()}
      />
      %
    </label>
  );
}
