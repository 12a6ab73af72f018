/** The engine's side of the rows: opened, edited, divided and looked at. */
import type { Datasets, ReadOptions } from './datasets';
import { discardTrained } from './model/loaded';
import type { Models } from './modelsEngine';
import type { RowsDoor } from './rowsDoor';
import type { Dataset, NamedFile, Split } from './studio';
import { StudioError } from './studioError';
import { need } from './train/context';
import { parseRecipe } from './train/recipe';
import type { Turns } from './turns';

export interface RowsPart extends RowsDoor {
  loadData(split: Split, name: string, file: Blob | readonly NamedFile[], options?: ReadOptions): Promise<Dataset>;
}

export function createRows(turns: Turns, models: Models, datasets: Datasets): RowsPart {
  let counts = 0;

  /** What was learnt from other rows is no answer to these. */
  const forget = (): void => {
    for (const model of Object.values(models)) discardTrained(model);
  };

  return {
    loadData: (split, name, file, options = {}) =>
      turns.load(async () => {
        const { train } = datasets.data;
        const dataset = await datasets.load(split, name, file, options);
        if (train !== datasets.data.train) forget();
        return dataset;
      }),
    editRows: (split, changes) =>
      turns.load(async () => {
        if (datasets.edit(split, changes)) forget();
      }),
    divideRows: (share, seed) =>
      turns.load(async () => {
        const drawn = datasets.divide(share, seed);
        if (drawn.length > 0) forget();
        return drawn;
      }),
    findTwins: async () => datasets.twins(),
    measureRows: async (role, json, progress) => {
      turns.refuseWhileRunning();
      counts += 1;
      const number = counts;
      const boundary = () => turns.yieldTo(() => number !== counts);
      const found = await datasets.lengths(need(models[role], role), parseRecipe(json), { boundary, progress });
      if (found) return found;
      throw new StudioError('recounted', 'The count was given up: a stage was started, or the rows changed.');
    },
    rowTokens: async (split, place, role, json) =>
      datasets.rowTokens(split, place, need(models[role], role), parseRecipe(json)),
  };
}
