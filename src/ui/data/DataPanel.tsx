/** Training and test rows: the whole panel is a drop zone for the tab that is open. */
import { type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseRows, type Dropped, type Session, type Split } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { useSession, useStudio } from '../studioContext';
import { droppedFrom, pickedFrom } from './dropped';
import { Problems } from './Problems';
import { RowsTable } from './RowsTable';
import { SplitSource } from './SplitSource';

const splits: readonly Split[] = ['train', 'test'];
const dataOf = (s: Session) => s.data;

export function DataPanel() {
  const { t } = useTranslation();
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  const data = useSession(dataOf);
  const [split, setSplit] = useState<Split>('train');
  const [over, setOver] = useState(false);
  const slot = data[split];

  const open = (into: Split, dropped: readonly Dropped[]): void => {
    // What is refused anyway takes nothing away.
    if ('failure' in chooseRows(dropped) || confirmLoss(into)) studio.loadRows(into, dropped);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    open(split, droppedFrom(event.dataTransfer));
  };
  const drag = (event: DragEvent, inside: boolean): void => {
    event.preventDefault();
    setOver(inside);
  };

  return (
    // The same can be done with the buttons inside: dropping is a shortcut for the mouse.
    <section
      className={over ? 'panel data over' : 'panel data'}
      aria-labelledby="data-title"
      data-testid={`drop-${split}`}
      data-over={t('data.dropNow', { split: t(`data.${split}`) })}
      onDrop={drop}
      onDragOver={(event) => drag(event, true)}
      onDragLeave={(event) => drag(event, false)}
    >
      <div className="panel-head">
        <h2 id="data-title">{t('data.title')}</h2>
        <div className="tabs" role="tablist" aria-label={t('data.title')}>
          {splits.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`tab-${name}`}
              aria-selected={split === name}
              aria-controls="data-rows"
              data-testid={`tab-${name}`}
              onClick={() => setSplit(name)}
            >
              {t(`data.${name}`)} <span className="count">{data[name].dataset?.examples.length ?? 0}</span>
            </button>
          ))}
        </div>
      </div>
      <div role="tabpanel" id="data-rows" aria-labelledby={`tab-${split}`}>
        {splits.map((name) => (
          <SplitSource
            key={name}
            split={name}
            hidden={name !== split}
            open={(files) => open(name, pickedFrom(files))}
          />
        ))}
        <Problems problems={[...(slot.dataset?.problems ?? []), ...slot.unfit]} />
        {slot.dataset && slot.dataset.examples.length > 0 && <RowsTable examples={slot.dataset.examples} />}
        {!slot.dataset && <p className="empty">{t(slot.loading ? 'data.loading' : 'data.none')}</p>}
      </div>
    </section>
  );
}
