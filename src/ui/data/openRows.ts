/** Files opened as rows, wherever they were dropped or picked; asks first when something trained would be lost. */
import { useEffect, useRef, useState } from 'react';
import { bySplit, chooseRows, type Dropped, type Split } from '../../store';
import { useConfirmLoss } from '../confirmLoss';
import { useStudio } from '../studioContext';
import { droppedFrom, isJson } from './dropped';

/** `only`: all of them are rows of this split, whatever they are called. */
export function useOpenRows(): (dropped: readonly Dropped[], only?: Split) => Promise<void> {
  const studio = useStudio();
  const confirmLoss = useConfirmLoss();
  return async (dropped, only) => {
    const { shownSplit, division, openStation, showSplit } = studio.session.getState();
    const parts = only ? { [only]: dropped } : bySplit(dropped, shownSplit);
    openStation('data');
    // Test rows first: training rows are divided only where there are none.
    for (const split of ['test', 'train'] as const) {
      const files = parts[split];
      if (!files) continue;
      // Of divided rows, other test rows change the training rows too; what is refused anyway takes nothing away.
      const cause = division ? 'train' : split;
      if (!('failure' in chooseRows(files)) && !confirmLoss(cause)) return;
      showSplit(split);
      await studio.loadRows(split, files);
    }
  };
}

/** True while files are dragged over the page where nothing else would take them; dropped there, they are opened as rows. */
export function usePageDrop(): boolean {
  const [over, setOver] = useState(false);
  const openRows = useOpenRows();
  const open = useRef(openRows);
  open.current = openRows;
  useEffect(() => {
    // One JSON file may be a recipe: whoever takes those looks into it.
    const mine = (event: DragEvent): boolean =>
      !event.defaultPrevented && (event.dataTransfer?.types.includes('Files') ?? false) && !isJson(event.dataTransfer);
    const drag = (event: DragEvent): void => {
      const wanted = mine(event);
      if (wanted) event.preventDefault();
      setOver(wanted);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      setOver(false);
      if (!mine(event) || !event.dataTransfer) return;
      event.preventDefault();
      open.current(droppedFrom(event.dataTransfer));
    };
    const listeners = { dragover: drag, dragleave: leave, drop } as const;
    const entries = Object.entries(listeners) as [keyof typeof listeners, (event: DragEvent) => void][];
    for (const [type, listener] of entries) window.addEventListener(type, listener);
    return () => {
      for (const [type, listener] of entries) window.removeEventListener(type, listener);
    };
  }, []);
  return over;
}
