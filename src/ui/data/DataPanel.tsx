/** Training and test rows: opened here or dropped anywhere on the page, and looked at before a model learns them. */
import { type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session, Split } from '../../store';
import { whole } from '../i18n/format';
import { useSession } from '../studioContext';
import { Dataset } from './Dataset';
import { DivisionNote } from './DivisionNote';
import { droppedFrom, pickedFrom } from './dropped';
import { MappingDialog } from './MappingDialog';
import { useOpenRows, usePageDrop } from './openRows';
import { Problems } from './Problems';
import { SplitSource } from './SplitSource';

const splits: readonly Split[] = ['train', 'test'];
const dataOf = (s: Session) => s.data;
const shownOf = (s: Session) => s.shownSplit;
const showOf = (s: Session) => s.showSplit;

export function DataPanel() {
  const { t } = useTranslation();
  const openRows = useOpenRows();
  const data = useSession(dataOf);
  const split = useSession(shownOf);
  const show = useSession(showOf);
  const [over, setOver] = useState(false);
  const overPage = usePageDrop();
  const slot = data[split];

  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    openRows(droppedFrom(event.dataTransfer));
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
              onClick={() => show(name)}
            >
              {t(`data.${name}`)} <span className="count">{whole(data[name].dataset?.examples.length ?? 0)}</span>
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
            open={(files) => openRows(pickedFrom(files), name)}
          />
        ))}
        <DivisionNote openTest={(files) => openRows(pickedFrom(files), 'test')} />
        <Problems problems={[...(slot.dataset?.problems ?? []), ...slot.unfit]} />
        {slot.dataset && <Dataset key={split} split={split} dataset={slot.dataset} />}
        {!slot.dataset && <p className="empty">{t(slot.loading ? 'data.loading' : 'data.none')}</p>}
      </div>
      <MappingDialog />
      {overPage && <p className="drop-banner">{t('data.dropNow', { split: t(`data.${split}`) })}</p>}
    </section>
  );
}
