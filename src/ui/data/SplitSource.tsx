/** Where the rows of a split come from, and the button that opens others. */
import { useTranslation } from 'react-i18next';
import type { Split } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { FileButton } from '../shared/FileButton';
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
        <FileButton
          testId={`file-${split}`}
          name={t(split === 'train' ? 'data.openTrain' : 'data.openTest')}
          accept=".jsonl,.json,.ndjson,.txt"
          open={open}
        >
          {t('data.open')}
        </FileButton>
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
