/** A chart as a file: a table, a vector picture, or pixels made of that picture. */
import { downloadBlob } from '../saving/place';
import { type Board, wholeOf } from './board';
import { chartCsv } from './exportCsv';
import { chartSvg, size } from './exportSvg';
import type { ChartModel } from './model';
import { shownOf } from './shown';
import { readTheme } from './theme';
import { windowOf } from './view';

export const fileKinds = ['png', 'svg', 'csv'] as const;
export type FileKind = (typeof fileKinds)[number];

/** Pixels of a PNG per CSS pixel. */
const sharpness = 2;

/** What is in sight now: its window, its hidden curves, its axes. `stepName` is the name of the x axis. */
export async function exportChart(kind: FileKind, model: ChartModel, board: Board, stepName: string): Promise<void> {
  const state = board.view.getState();
  const shown = shownOf(model, state, windowOf(state, wholeOf(board)), size.width);
  const name = `distillery-${model.key}.${kind}`;
  if (kind === 'csv')
    return downloadBlob(new Blob([chartCsv(stepName, shown.curves, shown.scene.window)], { type: 'text/csv' }), name);
  const svg = new Blob([chartSvg(model, shown, readTheme(document.documentElement), stepName)], {
    type: 'image/svg+xml',
  });
  downloadBlob(kind === 'svg' ? svg : await pixels(svg), name);
}

async function pixels(svg: Blob): Promise<Blob> {
  const address = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = new OffscreenCanvas(size.width * sharpness, size.height * sharpness);
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: 'image/png' });
  } finally {
    URL.revokeObjectURL(address);
  }
}
