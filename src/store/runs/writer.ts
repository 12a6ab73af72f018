/** Writes one run after the other to the shelf, only what changed, and never makes the page wait. */
import type { SeriesData } from '../series';
import type { JudgedEvaluation } from '../types';
import type { RunRecord } from './record';
import type { Shelf, ShelvedRun } from './shelf';
import type { Change } from './tables';

export class Writer {
  private readonly shelf: Shelf;
  private readonly failed: (error: unknown) => void;
  private turn: Promise<void> = Promise.resolve();
  private run: string | undefined;
  /** Answers are many and never change: each evaluation is written once, under its number. */
  private readonly numbers = new Map<JudgedEvaluation, number>();
  private next = 0;

  constructor(shelf: Shelf, failed: (error: unknown) => void) {
    this.shelf = shelf;
    this.failed = failed;
  }

  /** Goes on with a run that is on the shelf. */
  continue({ record, evaluations, numbers, next }: ShelvedRun): void {
    this.run = record.id;
    this.numbers.clear();
    for (const [i, evaluation] of evaluations.entries()) this.numbers.set(evaluation, numbers[i] ?? i);
    this.next = next;
  }

  private begin(run: string): void {
    this.run = run;
    this.numbers.clear();
    this.next = 0;
  }

  /** Nothing in the arguments may change afterwards. */
  save(record: RunRecord, curves: SeriesData, evaluations: readonly JudgedEvaluation[]): Promise<void> {
    if (record.id !== this.run) this.begin(record.id);
    const there = new Set(evaluations);
    const changes: Change[] = [
      { table: 'runs', key: record.id, value: record },
      { table: 'curves', key: record.id, value: curves },
    ];
    for (const [evaluation, number] of this.numbers) {
      if (there.has(evaluation)) continue;
      this.numbers.delete(evaluation);
      changes.push({ table: 'evaluations', key: [record.id, number] });
    }
    for (const evaluation of evaluations) {
      if (this.numbers.has(evaluation)) continue;
      const number = this.next++;
      this.numbers.set(evaluation, number);
      changes.push({ table: 'evaluations', key: [record.id, number], value: evaluation });
    }
    return this.write(changes);
  }

  write(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return this.turn;
    return this.queue(() => this.shelf.write(changes));
  }

  /** After all that was asked for before; what goes wrong is told, not thrown. */
  queue(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work).catch(this.failed);
    return this.turn;
  }
}
