/** Training and test rows: opened here or dropped anywhere on the page, and looked at before a model learns them. */
import { Tabs } from '@base-ui/react/tabs';
import { type DragEvent, lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session, Split } from '../../store';
import { whole } from '../i18n/format';
import { useSession } from '../studioContext';
import { Dataset } from './Dataset';
import { DivisionNote } from './DivisionNote';
import { droppedFrom, pickedFrom } from './dropped';
import { useOpenRows, usePageDrop } from './openRows';
import { Problems } from './Problems';
import { SplitSource } from './SplitSource';

// Few rows have columns that have to be asked for.
const MappingDialog = lazy(() => import('./MappingDialog'));

const splits: readonly Split[] = ['train', 'test'];
const dataOf = (s: Session) => s.data;
const shownOf = (s: Session) => s.shownSplit;
const showOf = (s: Session) => s.showSplit;
const askedOf = (s: Session) => s.mapping !== undefined;

export function DataPanel() {
  const { t } = useTranslation();
  const openRows = useOpenRows();
  const data = useSession(dataOf);
  const split = useSession(shownOf);
  const show = useSession(showOf);
  const asked = useSession(askedOf);
  const [over, setOver] = useState(false);
  const overPage = usePageDrop();

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
    <Tabs.Root
      render={<section />}
      className={over ? 'panel data over' : 'panel data'}
      value={split}
      onValueChange={(next: Split) => show(next)}
      aria-labelledby="data-title"
      data-testid={`drop-${split}`}
      data-over={t('data.dropNow', { split: t(`data.${split}`) })}
      onDrop={drop}
      onDragOver={(event) => drag(event, true)}
      onDragLeave={(event) => drag(event, false)}
    >
      <div className="panel-head">
        <h2 id="data-title">{t('data.title')}</h2>
        <Tabs.List className="tabs" aria-label={t('data.title')}>
          {splits.map((name) => (
            <Tabs.Tab key={name} value={name} data-testid={`tab-${name}`}>
              {t(`data.${name}`)} <span className="count">{whole(data[name].dataset?.examples.length ?? 0)}</span>
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </div>
      {splits.map((name) => (
        <Tabs.Panel key={name} value={name} keepMounted>
          <SplitSource split={name} open={(files) => openRows(pickedFrom(files), name)} />
          {name === split && <Rows split={name} openTest={(files) => openRows(pickedFrom(files), 'test')} />}
        </Tabs.Panel>
      ))}
      <Suspense>{asked && <MappingDialog />}</Suspense>
      {overPage && <p className="drop-banner">{t('data.dropNow', { split: t(`data.${split}`) })}</p>}
    </Tabs.Root>
  );
}

interface RowsProps {
  readonly split: Split;
  readonly openTest: (files: readonly File[]) => void;
}

/** Of the open tab only: a table of a hundred thousand rows is not kept for another one. */
function Rows({ split, openTest }: RowsProps) {
  const { t } = useTranslation();
  const { dataset, unfit, loading } = useSession((s) => s.data[split]);
  return (
    <>
      <DivisionNote openTest={openTest} />
      <Problems problems={[...(dataset?.problems ?? []), ...unfit]} />
      {dataset && <Dataset split={split} dataset={dataset} />}
      {!dataset && <p className="empty">{t(loading ? 'data.loading' : 'data.none')}</p>}
    </>
  );
}
