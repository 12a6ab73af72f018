/** The rows that were opened, as the engine holds them: read, edited, divided, and looked at with a model's tokenizer. */
import { MOST, within } from './bounded';
import { drawTestRows } from './data/divide';
import { tokenizeExample } from './data/examples';
import type { Problem } from './data/jsonl';
import { type RowLengths, rowLengths } from './data/lengths';
import { changedParts, joined, type Parts, type Place, parted, placeKey, type RowChange } from './data/place';
import { readable } from './data/readable';
import { parseFiles } from './data/rowsFile';
import { type RowTokens, showRow } from './data/rowTokens';
import { TokenizedData } from './data/tokenized';
import { findTwins, type Twins } from './data/twins';
import type { LoadedModel } from './model/loaded';
import type { DataOptions, Dataset, NamedFile, Split } from './studio';
import { StudioError } from './studioError';
import { layoutFor } from './train/objective';
import type { Recipe } from './train/recipe';
import { optionsFor } from './train/rows';
import type { Watch } from './watch';

export interface ReadOptions extends DataOptions {
  /** Only so many of the rows that can be used. */
  readonly most?: number | undefined;
}

const splits: readonly Split[] = ['train', 'test'];

export class Datasets {
  readonly data: Partial<Record<Split, Dataset>> = {};
  readonly tokenized = new TokenizedData();
  /** The test rows are a part of the training rows' files. */
  private divided = false;

  /** Without a single usable row, nothing takes the place of the rows before. */
  async load(
    split: Split,
    name: string,
    file: Blob | readonly NamedFile[],
    { mapping, most }: ReadOptions,
  ): Promise<Dataset> {
    const files = file instanceof Blob ? [{ name, file }] : file;
    within({ size: files.reduce((sum, each) => sum + each.file.size, 0) }, name, MOST.rows);
    const read = await Promise.all(
      files.map(async (each) => ({ name: each.name, bytes: new Uint8Array(await readable(each.name, each.file)) })),
    );
    const parsed = parseFiles(read, mapping);
    const dataset = { ...parsed, name, examples: parsed.examples.slice(0, most) };
    if (dataset.examples.length > 0) this.take(split, dataset);
    return dataset;
  }

  private take(split: Split, dataset: Dataset): void {
    if (this.divided && split === 'train') delete this.data.test;
    if (this.divided && split === 'test') this.put({ train: this.whole(), test: [] });
    this.divided = false;
    this.data[split] = dataset;
  }

  /** Whether the training rows have changed. */
  edit(split: Split, changes: readonly RowChange[]): boolean {
    const before = this.parts();
    const after = changedParts(before, split, changes, this.files(split), this.divided);
    this.put(after);
    return before.train !== after.train;
  }

  divide(share: number, seed: number): Uint32Array<ArrayBuffer> {
    const whole = this.whole();
    const drawn = drawTestRows(whole, share, seed);
    if (drawn.length === 0) return drawn;
    const { train } = this.data;
    if (train) this.data.test = { ...train, examples: [], problems: [] };
    this.put(parted(whole, drawn));
    this.divided = true;
    return drawn;
  }

  twins(): Partial<Record<Split, Twins>> {
    const { train, test } = this.data;
    return {
      ...(train && { train: findTwins(train.examples) }),
      ...(test && { test: findTwins(test.examples, train?.examples ?? []) }),
    };
  }

  /** Undefined when stopped. */
  async lengths(
    model: LoadedModel,
    recipe: Recipe,
    watch: Watch,
  ): Promise<Partial<Record<Split, RowLengths>> | undefined> {
    const found: Partial<Record<Split, RowLengths>> = {};
    for (const split of splits) {
      const examples = this.data[split]?.examples;
      if (!examples) continue;
      const options = optionsFor(recipe, model, split);
      const made = await this.tokenized.rows(model.tokenizer, examples, options, watch);
      if (!made) return undefined;
      found[split] = rowLengths(examples, made, recipe.lengths, options.maxTokens);
    }
    return found;
  }

  /** Throws a StudioError `no-such-row`. */
  rowTokens(split: Split, place: Place, model: LoadedModel, recipe: Recipe): RowTokens | Problem {
    const key = placeKey(place);
    const example = this.data[split]?.examples.find((each) => placeKey(each) === key);
    if (!example) throw new StudioError('no-such-row', `Line ${key} is no longer among the rows.`, { line: key });
    const row = tokenizeExample(model.tokenizer, example, optionsFor(recipe, model, split));
    return 'code' in row ? row : showRow(row, layoutFor(recipe, model.tokenizer, false), model.tokenizer);
  }

  private whole() {
    const { train, test } = this.parts();
    return this.divided ? joined(train, test, this.files('train')) : train;
  }

  private files(split: Split): readonly string[] {
    return this.data[split]?.files ?? [];
  }

  private parts(): Parts {
    return { train: this.data.train?.examples ?? [], test: this.data.test?.examples ?? [] };
  }

  private put(parts: Parts): void {
    for (const split of splits) {
      const held = this.data[split];
      if (held && held.examples !== parts[split]) this.data[split] = { ...held, examples: parts[split] };
    }
  }
}
