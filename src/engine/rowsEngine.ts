/** The engine's side of the rows: opened, edited, divided and looked at. */
import type { Problem } from './data/jsonl';
import type { RowLengths } from './data/lengths';
import type { Place, RowChange } from './data/place';
import type { RowTokens } from './data/rowTokens';
import type { Twins } from './data/twins';
import { Datasets, type ReadOptions } from './datasets';
import { Loads } from './loads';
import type { Dataset, NamedFile, Role, Split } from './studio';
import { StudioError } from './studioError';
import { need } from './train/context';
import { parseRecipe, type Recipe } from './train/recipe';

export abstract class RowsEngine extends Loads {
  protected readonly datasets = new Datasets();
  private counts = 0;

  async loadData(
    split: Split,
    name: string,
    file: Blob | readonly NamedFile[],
    options: ReadOptions = {},
  ): Promise<Dataset> {
    return this.load(async () => {
      const { train } = this.datasets.data;
      const dataset = await this.datasets.load(split, name, file, options);
      if (train !== this.datasets.data.train) this.discardTrained();
      return dataset;
    });
  }

  async editRows(split: Split, changes: readonly RowChange[]): Promise<void> {
    return this.load(async () => {
      if (this.datasets.edit(split, changes)) this.discardTrained();
    });
  }

  async divideRows(share: number, seed: number): Promise<Uint32Array> {
    return this.load(async () => {
      const drawn = this.datasets.divide(share, seed);
      if (drawn.length > 0) this.discardTrained();
      return drawn;
    });
  }

  async findTwins(): Promise<Partial<Record<Split, Twins>>> {
    return this.datasets.twins();
  }

  async measureRows(
    role: Role,
    json: Recipe,
    progress: (done: number, total: number) => void,
  ): Promise<Partial<Record<Split, RowLengths>>> {
    this.refuseWhileRunning();
    this.counts += 1;
    const number = this.counts;
    const boundary = () => this.yieldTo(() => number !== this.counts);
    const model = need(this.models[role], role);
    const found = await this.datasets.lengths(model, parseRecipe(json), { boundary, progress });
    if (!found) throw new StudioError('recounted', 'The count was given up: a stage was started, or the rows changed.');
    return found;
  }

  async rowTokens(split: Split, place: Place, role: Role, json: Recipe): Promise<RowTokens | Problem> {
    return this.datasets.rowTokens(split, place, need(this.models[role], role), parseRecipe(json));
  }
}
