/** Keeps the run of this page: begins and ends it (see `begin.ts`); the scribe writes it down. */

import { stageNames } from '../../engine/runs/names';
import type { KeptStage, RunRecord } from '../../engine/runs/record';
import type { WholeRun } from '../../engine/runs/wholeRun';
import { version } from '../../engine/version';
import type { EngineClient } from '../../worker/client';
import type { Recipe, Stage } from '../types';
import { keepAdapters, noFiles } from './adapters';
import { adapterOf, begun, isEmpty, madeIn, replacedBy, somethingHolds, without } from './begin';
import type { Desk } from './desk';
import { fingerprints } from './fingerprint';
import { type Page, Scribe } from './scribe';
import type { Shelf, ShelvedRun } from './shelf';
import { updated } from './snapshot';

/** Told by the runner and the loader, in the order in which things happen. */
export interface Watch {
  /** `goesOn`: with what it had learnt in this run before it was interrupted. */
  starting(stage: Stage, recipe: Recipe, goesOn: boolean): void;
  /** The stage has something of its own: what it replaces is about to go. */
  replacing(stage: Stage): void;
  /**
   * The engine has ended the stage after so many steps; the page goes on when this resolves: with false where the adapter that it
   * has trained could not be put away.
   */
  finishing(stage: Stage, steps: number): Promise<boolean>;
  /** Resolves when all of it is written down; false when it could not be. */
  ended(): Promise<boolean>;
  /** Rows, a model or an adapter are others now, and what rested on the ones before has gone. */
  changed(): void;
}

export interface KeeperContext extends Page {
  readonly client: () => EngineClient;
}

interface Pending {
  readonly recipe: Recipe;
  /** Stages whose results go once it has. */
  readonly going: readonly Stage[];
  /** Another run begins then. */
  readonly ends: boolean;
}

export class Keeper implements Watch {
  private readonly context: KeeperContext;
  private readonly shelf: Shelf;
  private readonly scribe: Scribe;
  private run: RunRecord | undefined;
  /** A stage that has nothing of its own yet; until then the run stays as it is. */
  private pending: Pending | undefined;
  private blind = false;
  private toldNoFiles = false;

  constructor(context: KeeperContext, shelf: Shelf) {
    this.context = context;
    this.shelf = shelf;
    this.scribe = new Scribe(context, shelf, () => this.update());
  }

  get current(): RunRecord | undefined {
    return this.run;
  }

  /** Where the last visit ended: `desk` is what lay on the page then, `whole` the run that it shows again. */
  goOn(desk: Desk, whole: ShelvedRun | undefined): void {
    this.scribe.goOn(desk, whole);
    if (!whole) return;
    this.run = whole.record;
    this.context.store.getState().setRuns({ current: whole.record.id });
  }

  /** The page goes on with a run that is on the shelf, and is this tab's; the one before is on the shelf as it was. */
  takeUp(whole: ShelvedRun): void {
    if (this.run) this.shelf.claims.release(this.run.id);
    this.run = whole.record;
    this.scribe.takeUp(whole);
    this.context.store.getState().setRuns({ current: whole.record.id });
  }

  /** Another tab goes on with what lies there: this one starts afresh, and keeps its runs only. */
  leaveDesk(): void {
    this.scribe.leaveDesk();
  }

  /** From now on changes of the session are written down. */
  watch(): void {
    this.scribe.watch();
  }

  /** What the page shows, as it could be read back. */
  whole(): WholeRun | undefined {
    const run = this.update();
    return run && { record: run, curves: this.context.series.snapshot(), evaluations: this.scribe.evaluations() };
  }

  /** Nothing that `work` does to the session ends the run. */
  unwatched(work: () => void): void {
    this.blind = true;
    this.scribe.unwatched(work);
    this.blind = false;
  }

  starting(stage: Stage, recipe: Recipe, goesOn: boolean): void {
    const run = this.update();
    const replaced = replacedBy(this.context.store.getState(), stage);
    const going = goesOn ? replaced.filter((one) => one !== stage) : replaced;
    this.pending = { recipe, going, ends: run !== undefined && going.some((one) => madeIn(run, one)) };
  }

  replacing(stage: Stage): void {
    const { pending, run } = this;
    if (!pending) return;
    this.pending = undefined;
    if (run && !pending.ends) this.run = without(run, pending.going);
    else this.run = this.begin(run, pending.going);
    if (run && pending.ends) this.dropIfEmpty(run);
    this.ranWith(stage, pending.recipe);
    this.scribe.soon();
  }

  async finishing(stage: Stage, steps: number): Promise<boolean> {
    if (!this.run || this.pending) return true;
    const { store, client } = this.context;
    const { id } = this.run;
    const keeping = { state: store.getState(), run: this.run, shelf: this.shelf, client };
    const kept = await keepAdapters(keeping, stage, steps);
    if (this.run?.id !== id) return true;
    this.run = { ...this.run, adapters: { ...this.run.adapters, ...kept.adapters } };
    this.letGo(kept.adapters);
    for (const failure of kept.failures) {
      if (failure === noFiles && this.toldNoFiles) continue;
      this.toldNoFiles ||= failure === noFiles;
      store.getState().notify(failure);
    }
    const artifact = adapterOf(stage);
    return !artifact || kept.adapters[artifact] !== undefined;
  }

  ended(): Promise<boolean> {
    this.pending = undefined;
    return this.scribe.now();
  }

  changed(): void {
    if (this.blind || !this.run) return;
    const { run } = this;
    const state = this.context.store.getState();
    if (somethingHolds(state)) this.run = this.begin(run);
    else this.forget();
    this.dropIfEmpty(run);
    this.scribe.soon();
  }

  /** A change of the name or the note, which the person makes while it may be running. */
  amend(change: Partial<Pick<RunRecord, 'name' | 'note'>>): void {
    if (!this.run) return;
    this.run = { ...this.run, ...change };
    this.scribe.now();
  }

  /** The run is about to be deleted: what the page shows belongs to none from now on. */
  forget(): void {
    this.run = undefined;
    this.context.store.getState().setRuns({ current: undefined });
    this.scribe.soon();
  }

  /** After everything that was asked for so far has been written. */
  settled(): Promise<void> {
    return this.scribe.afterwards(async () => {});
  }

  /** What had no room when its stage was done, and has it now, needs no checkpoint any more. */
  private letGo(adapters: RunRecord['adapters']): void {
    const { stages, setStage } = this.context.store.getState();
    for (const stage of stageNames) {
      const artifact = adapterOf(stage);
      if (artifact && adapters[artifact] && stages[stage].state === 'done') setStage(stage, { checkpoint: undefined });
    }
  }

  private begin(before?: RunRecord, going: readonly Stage[] = []): RunRecord {
    const { store, held, now } = this.context;
    const id = crypto.randomUUID();
    this.shelf.claims.claim(id);
    this.shelf.persist();
    const taken = store.getState().runs.list.map(({ name }) => name);
    const beginning = { id, now: now(), software: version, held: held(), taken };
    const run = begun(store.getState(), beginning, before, going);
    store.getState().setRuns({ current: id });
    this.addFingerprints(id);
    return run;
  }

  private dropIfEmpty(run: RunRecord): void {
    if (!isEmpty(run)) return;
    this.scribe.afterwards(() => this.shelf.remove(run.id));
    const { runs, setRuns } = this.context.store.getState();
    setRuns({ list: runs.list.filter(({ id }) => id !== run.id) });
  }

  private addFingerprints(id: string): void {
    fingerprints(this.context.held(), (split, fingerprint) => {
      const known = this.run?.id === id && this.run.data[split];
      if (!known || !this.run) return;
      this.run = { ...this.run, data: { ...this.run.data, [split]: { ...known, fingerprint } } };
      this.scribe.soon();
    });
  }

  private ranWith(stage: Stage, recipe: Recipe): void {
    if (!this.run) return;
    const idle = { state: 'idle', steps: 0, milliseconds: 0 } as const;
    const { from: _, totalSteps: __, ...before }: KeptStage = this.run.stages[stage] ?? idle;
    this.run = { ...this.run, stages: { ...this.run.stages, [stage]: { ...before, recipe } } };
  }

  private update(): RunRecord | undefined {
    const { store, series, now } = this.context;
    if (this.run && !this.pending) this.run = updated(this.run, store.getState(), series, now());
    return this.run;
  }
}
