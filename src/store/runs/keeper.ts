/** Keeps the run of this page: begins and ends it (see `begin.ts`), and writes down what changes, every few seconds at most. */
import type { EngineClient } from '../../worker/client';
import { toFailure } from '../../worker/failure';
import type { Series } from '../series';
import type { SessionStore } from '../session';
import type { JudgedEvaluation, Recipe, SessionState, Stage } from '../types';
import { version } from '../version';
import { keepAdapters, noFiles } from './adapters';
import { Autosave } from './autosave';
import { begun, isEmpty, madeIn, replacedBy, somethingHolds, without } from './begin';
import type { Desk } from './desk';
import { DeskKeeper } from './deskKeeper';
import { fingerprint } from './fingerprint';
import type { Held } from './held';
import { splitNames } from './names';
import type { RunRecord } from './record';
import type { Shelf, ShelvedRun, WholeRun } from './shelf';
import { updated } from './snapshot';
import { Writer } from './writer';

/** Told by the runner and the loader, in the order in which things happen. */
export interface Watch {
  starting(stage: Stage, recipe: Recipe): void;
  /** The stage has something of its own: what it replaces is about to go. */
  replacing(stage: Stage): void;
  /** The engine has ended the stage after so many steps; the page goes on when this resolves. */
  finishing(stage: Stage, steps: number): Promise<void>;
  ended(): void;
  /** Rows, a model or an adapter are others now, and what rested on the ones before has gone. */
  changed(): void;
}

export interface KeeperContext {
  readonly store: SessionStore;
  readonly series: Series;
  readonly client: () => EngineClient;
  readonly held: () => Held;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class Keeper implements Watch {
  private readonly context: KeeperContext;
  private readonly shelf: Shelf;
  private readonly writer: Writer;
  private readonly desk: DeskKeeper;
  private run: RunRecord | undefined;
  /** A stage that has not replaced anything yet, and would end the run if it did. */
  private pending: { readonly stage: Stage; readonly recipe: Recipe } | undefined;
  private readonly saving: Autosave;
  private blind = false;
  private deskIsOurs = true;
  private told = false;
  private toldNoFiles = false;

  constructor(context: KeeperContext, shelf: Shelf) {
    this.context = context;
    this.shelf = shelf;
    this.writer = new Writer(shelf, (error) => this.notKept(error));
    this.desk = new DeskKeeper(context.held);
    this.saving = new Autosave(context.now, () => this.write());
  }

  get current(): RunRecord | undefined {
    return this.run;
  }

  /** Where the last visit ended: `desk` is what lay on the page then, `whole` the run that it shows again. */
  goOn(desk: Desk, whole: ShelvedRun | undefined): void {
    this.desk.before = desk;
    if (!whole) return;
    this.run = whole.record;
    this.writer.continue(whole);
    this.context.store.getState().setRuns({ current: whole.record.id });
  }

  /** Another tab goes on with what lies there: this one starts afresh, and keeps its runs only. */
  leaveDesk(): void {
    this.deskIsOurs = false;
  }

  /** From now on changes of the session are written down. */
  watch(): void {
    this.context.store.subscribe((now, before) => {
      if (this.blind || !worthKeeping(now, before)) return;
      // Settings are small, and what was typed last is what a person misses.
      if (now.recipe !== before.recipe) this.writeDesk();
      if (now.evaluations === before.evaluations) this.saving.sometime();
      else this.saving.soon();
    });
    // The last moment in which something can be written; a tab that is put aside may never come back.
    globalThis.addEventListener?.('pagehide', () => this.saving.now());
    this.saving.now();
  }

  /** What the page shows, as it could be read back. */
  whole(): WholeRun | undefined {
    this.update();
    const { run } = this;
    return run && { record: run, curves: this.context.series.snapshot(), evaluations: this.evaluations() };
  }

  /** Nothing that `work` does to the session ends the run. */
  unwatched(work: () => void): void {
    this.blind = true;
    work();
    this.blind = false;
  }

  starting(stage: Stage, recipe: Recipe): void {
    const state = this.context.store.getState();
    this.update();
    const ends = this.run && replacedBy(state, stage).some((going) => madeIn(this.run!, going));
    if (ends) {
      this.pending = { stage, recipe };
      return;
    }
    this.run ??= this.begin();
    this.ranWith(stage, recipe);
    this.saving.soon();
  }

  replacing(stage: Stage): void {
    const state = this.context.store.getState();
    const going = replacedBy(state, stage);
    const { pending, run } = this;
    if (pending) {
      this.pending = undefined;
      this.run = this.begin(run, going);
      if (run) this.dropIfEmpty(run);
      this.ranWith(stage, pending.recipe);
    } else if (run) {
      const { recipe } = run.stages[stage] ?? {};
      this.run = without(run, going);
      if (recipe) this.ranWith(stage, recipe);
    }
    this.saving.soon();
  }

  async finishing(stage: Stage, steps: number): Promise<void> {
    if (!this.run || this.pending) return;
    const { store, client } = this.context;
    const { id } = this.run;
    const kept = await keepAdapters(
      { state: store.getState(), run: this.run, shelf: this.shelf, client },
      stage,
      steps,
    );
    if (this.run?.id !== id) return;
    this.run = { ...this.run, adapters: { ...this.run.adapters, ...kept.adapters } };
    for (const failure of kept.failures) {
      if (failure === noFiles && this.toldNoFiles) continue;
      this.toldNoFiles ||= failure === noFiles;
      store.getState().notify(failure);
    }
  }

  ended(): void {
    this.pending = undefined;
    this.saving.now();
  }

  changed(): void {
    if (this.blind || !this.run) return;
    const { run } = this;
    const state = this.context.store.getState();
    if (somethingHolds(state)) this.run = this.begin(run);
    else this.forget();
    this.dropIfEmpty(run);
    this.saving.soon();
  }

  /** A change of the name or the note, which the person makes while it may be running. */
  amend(change: Partial<Pick<RunRecord, 'name' | 'note'>>): void {
    if (!this.run) return;
    this.run = { ...this.run, ...change };
    this.saving.now();
  }

  /** The run is about to be deleted: what the page shows belongs to none from now on. */
  forget(): void {
    this.run = undefined;
    this.context.store.getState().setRuns({ current: undefined });
    this.saving.soon();
  }

  /** After everything that was asked for so far has been written. */
  settled(): Promise<void> {
    return this.writer.queue(async () => {});
  }

  private write(): void {
    this.update();
    this.writeDesk();
    if (!this.run || this.pending) return;
    this.writer.save(this.run, this.context.series.snapshot(), this.evaluations());
    this.show(this.run);
  }

  private writeDesk(): void {
    if (this.deskIsOurs) this.writer.write(this.desk.changes(this.context.store.getState(), this.run?.id));
  }

  private begin(before?: RunRecord, going: readonly Stage[] = []): RunRecord {
    const { store, held, now } = this.context;
    const id = crypto.randomUUID();
    this.shelf.claims.claim(id);
    const taken = store.getState().runs.list.map(({ name }) => name);
    const beginning = { id, now: now(), software: version, held: held(), taken };
    const run = begun(store.getState(), beginning, before, going);
    store.getState().setRuns({ current: id });
    this.addFingerprints(id);
    return run;
  }

  private dropIfEmpty(run: RunRecord): void {
    if (!isEmpty(run)) return;
    const { run: going } = this;
    this.writer.queue(() => this.shelf.remove(run.id, going));
    const { runs, setRuns } = this.context.store.getState();
    setRuns({ list: runs.list.filter(({ id }) => id !== run.id) });
  }

  private async addFingerprints(id: string): Promise<void> {
    const { rows, changes } = this.context.held();
    // Of rows that were edited, the files say too little.
    if (changes.edits.done.length > 0) return;
    for (const split of splitNames) {
      const own = rows[split];
      const print = own && (await fingerprint(new Blob(own.files.map(({ file }) => file))));
      const known = this.run?.id === id && this.run.data[split];
      if (!print || !known || !this.run) continue;
      this.run = { ...this.run, data: { ...this.run.data, [split]: { ...known, fingerprint: print } } };
      this.saving.sometime();
    }
  }

  private ranWith(stage: Stage, recipe: Recipe): void {
    if (!this.run) return;
    const { from: _, ...before } = this.run.stages[stage] ?? { state: 'idle', steps: 0, milliseconds: 0 };
    this.run = { ...this.run, stages: { ...this.run.stages, [stage]: { ...before, recipe } } };
  }

  private update(): void {
    const { store, series, now } = this.context;
    if (this.run && !this.pending) this.run = updated(this.run, store.getState(), series, now());
  }

  private evaluations(): readonly JudgedEvaluation[] {
    return Object.values(this.context.store.getState().evaluations).flat();
  }

  private show(run: RunRecord): void {
    const { runs, setRuns } = this.context.store.getState();
    const others = runs.list.filter(({ id }) => id !== run.id);
    setRuns({ list: [run, ...others].sort((a, b) => b.started - a.started) });
  }

  /** Said once: whoever has no room has none for the next write either. */
  private notKept(error: unknown): void {
    if (this.told) return;
    this.told = true;
    const reason = toFailure(error).message;
    const message = `The run is not being kept any more: the browser's storage refused it (${reason}).`;
    this.context.store.getState().notify({ code: 'run-not-kept', message, detail: { reason } });
  }
}

/** What a kept run or the desk says has changed. */
function worthKeeping(now: SessionState, before: SessionState): boolean {
  const keys = [
    ...(['models', 'data', 'recipe', 'demoValues', 'includeControl', 'stages', 'evaluations', 'mergeReport'] as const),
    ...(['stepWork', 'phase', 'lastMeasured'] as const),
  ];
  return keys.some((key) => now[key] !== before[key]) || now.memory.held !== before.memory.held;
}
