/** A folder that was written before as one zip, read and written piece by piece, with how far it is. */
import { useRef, useState } from 'react';
import type { Exported } from '../../store';
import { saveZip } from '../saving/place';
import { useStudio } from '../studioContext';

export interface ExportZip {
  readonly zip: () => Promise<void>;
  /** Bytes of the zip so far; undefined while none is written. */
  readonly written: number | undefined;
  readonly stop: () => void;
  /** The file that was written last. */
  readonly done: string | undefined;
}

export function useExportZip(exported: Exported): ExportZip {
  const studio = useStudio();
  const [written, setWritten] = useState<number>();
  const [done, setDone] = useState<string>();
  const ends = useRef<AbortController>(undefined);
  const zip = async (): Promise<void> => {
    const file = `${exported.name}.zip`;
    const controller = new AbortController();
    ends.current = controller;
    setDone(undefined);
    // Nothing is shown while the person is choosing a file.
    const make = () => {
      setWritten(0);
      return studio.zipExport(exported);
    };
    try {
      setDone(await saveZip(file, make, { progress: inSteps(exported.bytes, setWritten), signal: controller.signal }));
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
      const message = `${file} was not written: ${reason}.`;
      studio.session.getState().notify({ code: 'save-failed', message, detail: { file, reason } });
    } finally {
      setWritten(undefined);
    }
  };
  return { zip, written, stop: () => ends.current?.abort(), done };
}

/** A person sees no more than some hundred steps of a bar. */
function inSteps(total: number, show: (bytes: number) => void): (bytes: number) => void {
  let shown = 0;
  return (bytes) => {
    if (bytes - shown < total / 200) return;
    shown = bytes;
    show(bytes);
  };
}
