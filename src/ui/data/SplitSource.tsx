/** Where the rows of a split come from, what can be done with all of them, and the button that opens others. */
import { Button } from '@base-ui/react/button';
import { useTranslation } from 'react-i18next';
import { type Columns, jsonlOf, type Session, type Split } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { percent } from '../i18n/format';
import { downloadBlob } from '../saving/place';
import { FileButton } from '../shared/FileButton';
import { Icon } from '../shared/Icon';
import { useSession, useStudio } from '../studioContext';

interface Props {
  readonly split: Split;
  readonly open: (files: readonly File[]) => void;
}

const divisionOf = (s: Session) => s.division;
export const rowFiles = '.jsonl,.json,.ndjson,.txt,.csv,.tsv,.tab';

export function SplitSource({ split, open }: Props) {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const slot = useSession((s) => s.data[split]);
  const division = useSession(divisionOf);
  const shown = useSession((s) => s.shownSplit === split);
  const gpuOpen = useSession((s) => s.gpu.state === 'open');
  const { dataset } = slot;
  const toDemo = (): void => {
    if (confirmLoss(division ? 'train' : split)) studio.loadDemoRows(split);
  };
  return (
    <div className="source">
      <p className="source-name" aria-live="polite">
        <Icon name="file" />
        <strong>{dataset?.name ?? '–'}</strong>
        {dataset && <span data-testid={`rows-${split}`}>{t('data.rows', { count: dataset.examples.length })}</span>}
        {slot.demo && <span className="badge">{t('data.demo')}</span>}
        {division && split === 'test' && (
          <span className="badge">{t('rows.share', { share: percent(division.share) })}</span>
        )}
        {slot.loading && <span className="badge">{t('data.loading')}</span>}
      </p>
      <p className="source-actions">
        <FileButton
          testId={`file-${split}`}
          name={t(split === 'train' ? 'data.openTrain' : 'data.openTest')}
          accept={rowFiles}
          multiple
          open={open}
        >
          {t('data.open')}
        </FileButton>
        {dataset && <ExportButton split={split} />}
        {shown && <UndoButtons />}
        {!slot.demo && !slot.loading && gpuOpen && (
          <button type="button" className="link" onClick={toDemo}>
            {t('data.backToDemo')}
          </button>
        )}
      </p>
      <p className="hint">{t('data.drop')}</p>
      {dataset?.columns && !slot.demo && <ColumnsLine split={split} name={dataset.name} columns={dataset.columns} />}
    </div>
  );
}

function ExportButton({ split }: { readonly split: Split }) {
  const { t } = useTranslation();
  const { session } = useStudio();
  const save = async (): Promise<void> => {
    const { dataset } = session.getState().data[split];
    if (dataset) downloadBlob(await jsonlOf(dataset.examples), `${split}.jsonl`);
  };
  return (
    <button type="button" data-testid={`export-${split}`} onClick={save}>
      {t('rows.export')}
    </button>
  );
}

const doneOf = (s: Session) => s.edits.done;
const undoneOf = (s: Session) => s.edits.undone;

/** Of both splits: the last step is undone, wherever it was. */
function UndoButtons() {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const done = useSession(doneOf);
  const undone = useSession(undoneOf);
  const running = useSession((s) => s.running !== undefined);
  const [last, next] = [done.at(-1), undone.at(-1)];
  if (!last && !next) return null;
  return (
    <span className="row-actions">
      <Button
        focusableWhenDisabled
        data-testid="undo-edit"
        disabled={!last || running}
        onClick={() => last && confirmLoss(last.split, 'edit') && studio.undoEdit()}
      >
        {t('rows.undo', { count: done.length })}
      </Button>
      <Button
        focusableWhenDisabled
        data-testid="redo-edit"
        disabled={!next || running}
        onClick={() => next && confirmLoss(next.split, 'edit') && studio.redoEdit()}
      >
        {t('rows.redo')}
      </Button>
    </span>
  );
}

interface ColumnsProps {
  readonly split: Split;
  readonly name: string;
  readonly columns: Columns;
}

/** Which columns are read as what, those that are not read, and the way to choose others. */
function ColumnsLine({ split, name, columns }: ColumnsProps) {
  const { t } = useTranslation();
  const { session } = useStudio();
  const { mapping, names } = columns;
  if (columns.conversations || names.length < 2) return null;
  const used = [mapping?.question, mapping?.answer, mapping?.input, mapping?.system];
  const unused = names.filter((column) => !used.includes(column));
  return (
    <p className="hint columns-line" data-testid={`columns-${split}`}>
      {mapping && t('rows.columns', { question: mapping.question, answer: mapping.answer })}
      {mapping && unused.length > 0 && ` ${t('rows.unused', { columns: unused.join(', ') })}`}
      <button
        type="button"
        className="link"
        data-testid={`map-${split}`}
        onClick={() => session.getState().askMapping({ split, name, columns })}
      >
        {t('rows.chooseColumns')}
      </button>
    </p>
  );
}
