/** A page that is ended again and again in the middle of its work, each time in another way, and goes on until its student is distilled. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stage } from '../../../src/engine/studio';
import type { Draw, Moment } from './moments';
import { isCut, type PageKind, type PageOrder, pageMoment, Tab } from './pageBrowser';
import { doNext, prepare } from './pageDrive';
import { type Stored, storedRun } from './pageStored';
import type { PageTold } from './pageTold';

export interface PageKill {
  readonly kind: PageKind;
  /** What was told last before it. */
  readonly moment: string;
  /** Steps that were done and had to be done again. */
  repeated: number;
}

interface PageChain {
  readonly address: string;
  readonly draw: Draw;
  /** The next kill; undefined when the page may end its work. */
  readonly next: () => PageOrder | undefined;
}

interface Ended {
  readonly kills: readonly PageKill[];
  readonly stored: Stored;
  /** Where the page should have gone on by itself, and waited for a person. */
  readonly waited: readonly string[];
}

/** What is heard of the work, over all its pages. */
class Progress {
  readonly kills: PageKill[] = [];
  readonly waited: string[] = [];
  /** A stage runs, which the page has not given up. */
  running = false;
  /** Steps that were computed, by stage. */
  private readonly reached = new Map<Stage, number>();
  private last = 'start';
  private itself = false;
  /** The kill after the steps that were computed last, or behind which the power took some more. */
  private taker: PageKill | undefined;
  private stepped = false;
  private moment: { readonly wait: Moment; readonly strike: () => void } | undefined;

  hear(told: PageTold): void {
    if (told.type === 'began') {
      this.running = true;
      this.itself = false;
      if (!told.goesOn) this.behind(told.stage, 0);
    }
    if (told.type === 'answered' && told.to === 'run') this.running = false;
    if (told.type === 'stage') this.heardOf(told.stage, told.event);
    this.last = textOf(told);
    const milliseconds = this.moment?.wait(told);
    if (milliseconds === undefined) return;
    setTimeout(this.moment!.strike, milliseconds);
    this.moment = undefined;
  }

  private heardOf(stage: Stage, event: Extract<PageTold, { type: 'stage' }>['event']): void {
    if (event.type === 'resumed') this.behind(stage, event.step);
    if (event.type !== 'step' || event.metrics.step <= (this.reached.get(stage) ?? 0)) return;
    this.reached.set(stage, event.metrics.step);
    this.stepped = true;
  }

  /** It goes on behind this step: what had been done beyond it is lost. */
  private behind(stage: Stage, step: number): void {
    if (this.taker) this.taker.repeated += Math.max(0, (this.reached.get(stage) ?? 0) - step);
    this.reached.set(stage, step);
  }

  /** Resolves at the drawn moment, if that comes. */
  until(moment: Moment | undefined): Promise<'struck'> {
    return new Promise((resolve) => {
      this.moment = moment && { wait: moment, strike: () => resolve('struck') };
    });
  }

  struck(kind: PageKind, first: boolean): void {
    this.itself = first && this.running;
    const kill = { kind, moment: this.last, repeated: 0 };
    this.kills.push(kill);
    if (this.stepped || isCut(kind)) this.taker = kill;
    this.stepped = false;
  }

  clicked(what: string): void {
    if (this.itself) this.waited.push(`${what} after ${this.kills.at(-1)?.kind} at ${this.kills.at(-1)?.moment}`);
    this.itself = false;
  }
}

/** What the page has in storage when it is done, and what it went through until then. */
export async function runPageChain({ address, draw, next }: PageChain): Promise<Ended> {
  const profile = mkdtempSync(join(tmpdir(), 'profile-'));
  const progress = new Progress();
  const open = () => Tab.open(profile, address, (told) => progress.hear(told));
  let tab = await open();
  try {
    await tab.studio.open();
    await prepare(tab.studio);
    let work = workAt(tab, progress);
    for (;;) {
      const order = next();
      const moment = progress.until(order && pageMoment(order, draw));
      const how = await Promise.race([work, moment]);
      if (how === 'done') return { kills: progress.kills, stored: await storedRun(tab.page), waited: progress.waited };
      if (how === 'closed') {
        await tab.close();
        tab = await open();
      } else {
        const { kind } = order!;
        const goesOnItself = kind === 'worker' || kind === 'gpu';
        progress.struck(kind, goesOnItself && tab.engineLost++ === 0);
        const left = await tab.strike(kind);
        if (left === tab) continue;
        await work.catch(() => {});
        tab = left ?? (await open());
        await tab.cut(kind, draw);
      }
      progress.running = false;
      await tab.page.goto('./');
      work = workAt(tab, progress);
    }
  } finally {
    await tab.close().catch(() => {});
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function workAt(tab: Tab, progress: Progress): Promise<'done' | 'closed'> {
  for (;;) {
    const next = await doNext(tab.page, tab.cardLost > 1);
    if (next === 'done' || next === 'closed') return next;
    progress.clicked(next.clicked);
  }
}

function textOf(told: PageTold): string {
  if (told.type === 'began') return `${told.stage}, ${told.goesOn ? 'to go on' : 'to begin'}`;
  if (told.type === 'answered') return `answered ${told.to}`;
  if (told.type !== 'stage') return told.type;
  const { event, stage } = told;
  if (event.type === 'step') return `${stage}, step ${event.metrics.step}`;
  return `${stage}, ${event.type === 'phase' ? event.phase : event.type}`;
}
