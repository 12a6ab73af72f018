/** Where the rows of a split come from, and the button that opens others. */
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Split } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { Icon } from '../shared/Icon';
import { useSession, useStudio } from '../studioContext';

interface Props {
  readonly split: Split;
  readonly hidden: boolean;
  readonly open: (files: readonly File[]) => void;
}

export function SplitSource({ split, hidden, open }: Props) {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const slot = useSession((s) => s.data[split]);
  const gpuOpen = useSession((s) => s.gpu.state === 'open');
  const id = useId();
  return (
    <div className="source" hidden={hidden}>
      <p className="source-name" aria-live="polite">
        <Icon name="file" />
        <strong>{slot.dataset?.name ?? '–'}</strong>
        {slot.dataset && (
          <span data-testid={`rows-${split}`}>{t('data.rows', { count: slot.dataset.examples.length })}</span>
        )}
        {slot.demo && <span className="badge">{t('data.demo')}</span>}
        {slot.loading && <span className="badge">{t('data.loading')}</span>}
      </p>
      <p className="source-actions">
        <input
          className="sr-only"
          type="file"
          id={id}
          data-testid={`file-${split}`}
          aria-label={t(split === 'train' ? 'data.openTrain' : 'data.openTest')}
          accept=".jsonl,.json,.ndjson,.txt"
          onChange={(event) => {
            open([...(event.target.files ?? [])]);
            // The same file may be opened again after it was edited.
            event.target.value = '';
          }}
        />
        <label className="button" htmlFor={id}>
          {t('data.open')}
        </label>
        {!slot.demo && !slot.loading && gpuOpen && (
          <button type="button" className="link" onClick={() => confirmLoss(split) && studio.loadDemoRows(split)}>
            {t('data.backToDemo')}
          </button>
        )}
        <span className="hint">{t('data.drop')}</span>
      </p>
      <p className="hint">{t('data.format')}</p>
    </div>
  );
}
