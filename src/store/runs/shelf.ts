/** Kept runs, the desk and saved recipes: what is written and, checked, read back. */
import * as v from 'valibot';
import { readCurves } from '../../engine/runs/curves';
import { evaluation as evaluationSchema } from '../../engine/runs/facts';
import { type RunRecord, readPlaces, readRun, recipe as recipeSchema } from '../../engine/runs/record';
import type { SeriesData } from '../../engine/runs/seriesData';
import type { WholeRun } from '../../engine/runs/wholeRun';
import type { Recipe, Split } from '../types';
import { type AdapterFiles, placeOf } from './adapterFiles';
import type { Claims } from './claims';
import { type Desk, readDesk } from './desk';
import type { HeldRows, RowChanges } from './held';
import { readChanges, readRows } from './rowsKept';
import type { Change, Key, Tables } from './tables';

export interface Storage {
  readonly tables: Tables;
  readonly files: AdapterFiles;
  readonly claims: Claims;
  /** As `navigator.storage.estimate`. */
  readonly estimate: () => Promise<StorageEstimate>;
  /** As `navigator.storage.persist`. */
  readonly persist: () => Promise<boolean>;
  /** As `navigator.storage.persisted`. */
  readonly persisted: () => Promise<boolean>;
}

/** A whole run as it lies on the shelf: the number of each evaluation, and the next that is free. */
export interface ShelvedRun extends WholeRun {
  readonly numbers: readonly number[];
  readonly next: number;
}

/** What kept runs name, so that it stays. */
interface Named {
  readonly runs: readonly string[];
  readonly places: ReadonlySet<string>;
  readonly checkpoints: ReadonlySet<string>;
}

export interface SavedRecipe {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly saved: number;
  readonly recipe: Recipe;
}

const savedRecipeSchema = v.object({ name: v.string(), saved: v.number(), recipe: recipeSchema });

/** Bytes of a person's own rows that are kept, for both files together. */
export const ROWS_BUDGET = 64 * 2 ** 20;

export class Shelf {
  readonly files: AdapterFiles;
  readonly claims: Claims;
  private readonly tables: Tables;
  private readonly estimate: Storage['estimate'];
  private readonly ask: Storage['persist'];
  private readonly asks: Storage['persisted'];
  private asked = false;

  constructor({ tables, files, claims, estimate, persist, persisted }: Storage) {
    this.estimate = estimate;
    this.ask = persist;
    this.asks = persisted;
    this.tables = tables;
    this.files = files;
    this.claims = claims;
  }

  /** The newest first, and how many there are that this version cannot read. */
  async list(): Promise<{ readonly runs: readonly RunRecord[]; readonly unreadable: number }> {
    const all = await this.tables.all('runs');
    const runs = all.flatMap(({ value }) => readRun(value) ?? []);
    return { runs: runs.sort((a, b) => b.started - a.started), unreadable: all.length - runs.length };
  }

  /** Of everything that the page keeps in the browser; undefined where the browser does not say. */
  async space(): Promise<{ readonly bytes: number; readonly most: number } | undefined> {
    const { usage, quota } = await this.estimate().catch((): StorageEstimate => ({}));
    return usage === undefined || quota === undefined ? undefined : { bytes: usage, most: quota };
  }

  /** Whether the browser promises that a full disk is no reason to clear it away; undefined where it does not say. */
  promised(): Promise<boolean | undefined> {
    return this.asks().catch(() => undefined);
  }

  /** Asks for that promise: by itself once, when there is something to lose; and whenever a person wishes it. */
  async persist(wished = false): Promise<void> {
    if (this.asked && !wished) return;
    this.asked = true;
    // A browser that cannot be asked clears away what it likes.
    await this.ask().catch(() => false);
  }

  async record(id: string): Promise<RunRecord | undefined> {
    return readRun(await this.tables.get('runs', id));
  }

  async curves(id: string): Promise<SeriesData | undefined> {
    return readCurves(await this.tables.get('curves', id));
  }

  async whole(id: string): Promise<ShelvedRun | undefined> {
    const [record, curves, answers] = await Promise.all([
      this.record(id),
      this.curves(id),
      this.tables.all('evaluations', id),
    ]);
    if (!record || !curves) return undefined;
    const read = answers.flatMap(({ key, value }) => {
      const result = v.safeParse(evaluationSchema, value);
      return result.success ? [{ number: numberOf(key), evaluation: result.output }] : [];
    });
    return {
      ...{ record, curves, evaluations: read.map(({ evaluation }) => evaluation) },
      numbers: read.map(({ number }) => number),
      // What this version cannot read keeps its number too.
      next: 1 + Math.max(-1, ...answers.map(({ key }) => numberOf(key))),
    };
  }

  write(changes: readonly Change[]): Promise<void> {
    return this.tables.write(changes);
  }

  /** Its adapters stay where they are until a sweep finds that no other run goes on with them. */
  async remove(id: string): Promise<void> {
    const answers = await this.tables.all('evaluations', id);
    await this.tables.write([
      { table: 'runs', key: id },
      { table: 'curves', key: id },
      ...answers.map(({ key }) => ({ table: 'evaluations' as const, key })),
    ]);
    this.claims.release(id);
  }

  /** All runs, and the places of their adapters and checkpoints; undefined when one cannot be read even so far. */
  async named(): Promise<Named | undefined> {
    const all = await this.tables.all('runs');
    const places = all.map(({ value }) => readPlaces(value));
    if (places.includes(undefined)) return undefined;
    return {
      runs: all.map(({ key }) => String(key)),
      places: new Set(places.flatMap((own) => own?.adapters ?? []).map(placeOf)),
      checkpoints: new Set(places.flatMap((own) => own?.checkpoints ?? [])),
    };
  }

  async desk(): Promise<Desk | undefined> {
    return readDesk(await this.tables.get('desk', 'desk'));
  }

  /** Undefined when they were not kept. */
  async rows(split: Split): Promise<Omit<HeldRows, 'demo'> | undefined> {
    return readRows(await this.tables.get('rows', split));
  }

  async rowChanges(): Promise<RowChanges> {
    return readChanges(await this.tables.get('rows', 'changes'));
  }

  async recipes(): Promise<readonly SavedRecipe[]> {
    const all = await this.tables.all('recipes');
    return all.flatMap(({ value }) => {
      const result = v.safeParse(savedRecipeSchema, value);
      return result.success ? [result.output] : [];
    });
  }
}

function numberOf(key: Key): number {
  return typeof key === 'string' ? 0 : key[1];
}
