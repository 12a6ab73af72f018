/** Writes the page down, its run and its desk: at once where something is complete, else every few seconds at most. */

import type { RunRecord } from '../../engine/runs/record';
import type { Series } from '../series';
import type { SessionStore } from '../session';
import type { JudgedEvaluation, SessionState } from '../types';
import { Autosave } from './autosave';
import type { Desk } from './desk';
import { DeskKeeper } from './deskKeeper';
import type { Held } from './held';
import { News } from './news';
import type { Shelf, ShelvedRun } from './shelf';
import { Writer } from './writer';

export interface Page {
  readonly store: SessionStore;
  readonly series: Series;
  readonly held: () => Held;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class Scribe {
  private readonly page: Page;
  private readonly run: () => RunRecord | undefined;
  private readonly writer: Writer;
  private readonly desk = new DeskKeeper();
  private readonly saving: Autosave;
  private deskIsOurs = true;
  private watching = true;
  /** Whether the run could be written that was to be last. */
  private written = Promise.resolve(true);

  /** `run`: the one that the page shows, as it is now. */
  constructor(page: Page, shelf: Shelf, run: () => RunRecord | undefined) {
    this.page = page;
    this.run = run;
    this.saving = new Autosave(page.now, () => this.write());
    this.writer = new Writer(shelf, new News(page.store, () => this.saving.again()));
  }

  /** Where the last visit ended. */
  goOn(desk: Desk, whole: ShelvedRun | undefined): void {
    this.desk.before = desk;
    if (whole) this.writer.continue(whole);
  }

  /** From now on the run of the page is another, which is on the shelf. */
  takeUp(whole: ShelvedRun): void {
    this.writer.continue(whole);
    this.saving.soon();
  }

  /** Another tab goes on with what lies there. */
  leaveDesk(): void {
    this.deskIsOurs = false;
  }

  /** From now on changes of the session are written down. */
  watch(): void {
    this.page.store.subscribe((now, before) => {
      if (!this.watching || !worthKeeping(now, before)) return;
      // Settings are small, and what was typed last is what a person misses.
      if (now.recipe !== before.recipe) this.writeDesk(this.run());
      if (now.evaluations === before.evaluations) this.saving.sometime();
      else this.saving.soon();
    });
    // The last moment in which something can be written; a tab that is put aside may never come back.
    globalThis.addEventListener?.('pagehide', () => this.saving.now());
    this.saving.now();
  }

  /** Nothing that `work` does to the session is written down by itself. */
  unwatched(work: () => void): void {
    this.watching = false;
    work();
    this.watching = true;
  }

  /** Resolves when the run is written; false when it could not be. */
  now(): Promise<boolean> {
    this.saving.now();
    return this.written;
  }

  soon(): void {
    this.saving.soon();
  }

  /** After everything that was asked for so far; what cannot be done is left undone. */
  afterwards(work: () => Promise<void>): Promise<void> {
    return this.writer.queue(work);
  }

  evaluations(): readonly JudgedEvaluation[] {
    return Object.values(this.page.store.getState().evaluations).flat();
  }

  private write(): void {
    const run = this.run();
    if (run) {
      this.written = this.writer.save(run, this.page.series.snapshot(), this.evaluations());
      this.show(run);
    }
    // After the run that it names.
    this.writeDesk(run);
  }

  private writeDesk(run: RunRecord | undefined): void {
    if (!this.deskIsOurs) return;
    const [facts, held] = [this.page.store.getState(), this.page.held()];
    this.writer.write('desk', () => this.desk.draft(facts, held, run?.id));
  }

  private show(run: RunRecord): void {
    const { runs, setRuns } = this.page.store.getState();
    const others = runs.list.filter(({ id }) => id !== run.id);
    setRuns({ list: [run, ...others].sort((a, b) => b.started - a.started) });
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
