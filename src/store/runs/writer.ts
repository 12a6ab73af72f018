/** Writes one thing after the other to the shelf, only what changed, and never makes the page wait. */

import type { RunRecord } from '../../engine/runs/record';
import type { SeriesData } from '../series';
import type { JudgedEvaluation } from '../types';
import type { Written } from './news';
import type { Shelf, ShelvedRun } from './shelf';
import type { Change } from './tables';

/** What is to be written, and what is true once it is there. */
export interface Draft {
  readonly changes: readonly Change[];
  readonly done: () => void;
}

export interface Told {
  failed(what: Written, error: unknown): void;
  succeeded(what: Written): void;
}

export class Writer {
  private readonly shelf: Shelf;
  private readonly told: Told;
  private turn: Promise<void> = Promise.resolve();
  private run: string | undefined;
  /** Answers are many and never change: each evaluation is written once, under its number. These are on the shelf. */
  private numbers: ReadonlyMap<JudgedEvaluation, number> = new Map();
  private next = 0;

  constructor(shelf: Shelf, told: Told) {
    this.shelf = shelf;
    this.told = told;
  }

  /** Goes on with a run that is on the shelf. */
  continue({ record, evaluations, numbers, next }: ShelvedRun): void {
    this.run = record.id;
    this.numbers = new Map(evaluations.map((evaluation, i) => [evaluation, numbers[i] ?? i]));
    this.next = next;
  }

  /** Nothing in the arguments may change afterwards. */
  save(record: RunRecord, curves: SeriesData, evaluations: readonly JudgedEvaluation[]): Promise<boolean> {
    return this.write('run', () => this.draft(record, curves, evaluations));
  }

  /** `draft` is asked when everything before is written, or has failed. What goes wrong is told, and resolves with false. */
  async write(what: Written, draft: () => Draft): Promise<boolean> {
    let written = false;
    await this.queue(async () => {
      try {
        const { changes, done } = draft();
        if (changes.length > 0) {
          await this.shelf.write(changes);
          done();
          this.told.succeeded(what);
        }
        written = true;
      } catch (error) {
        this.told.failed(what, error);
      }
    });
    return written;
  }

  /** After all that was asked for before; what cannot be done is left undone. */
  queue(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work).catch(() => {});
    return this.turn;
  }

  private draft(record: RunRecord, curves: SeriesData, evaluations: readonly JudgedEvaluation[]): Draft {
    const { id } = record;
    const before = id === this.run ? this.numbers : new Map<JudgedEvaluation, number>();
    let next = id === this.run ? this.next : 0;
    const numbers = new Map(evaluations.map((evaluation) => [evaluation, before.get(evaluation) ?? next++]));
    const gone = [...before].filter(([evaluation]) => !numbers.has(evaluation));
    const fresh = [...numbers].filter(([evaluation]) => !before.has(evaluation));
    return {
      changes: [
        { table: 'runs', key: id, value: record },
        { table: 'curves', key: id, value: curves },
        ...gone.map(([, number]): Change => ({ table: 'evaluations', key: [id, number] })),
        ...fresh.map(([value, number]): Change => ({ table: 'evaluations', key: [id, number], value })),
      ],
      done: () => {
        [this.run, this.numbers, this.next] = [id, numbers, next];
      },
    };
  }
}
