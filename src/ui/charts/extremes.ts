/**
 * Where the first, last, smallest and largest value of every 8, 16, 32, … points lie, kept up to date as a column grows:
 * what is drawn then costs by the pixel and not by the point (M4, Jugel et al. 2014: a line through these four of each
 * pixel looks like the line through all).
 */
import type { Column } from '../../store';

export const smallestBucket = 8;
/** The largest buckets have 8 · 2¹⁵ points: enough for any run at any width. */
const levels = 16;
const fields = 4;

export class Extremes {
  readonly column: Column;
  /** Values that are no gaps. */
  present = 0;
  private read = 0;
  /** Per level, four indices per bucket; -1 where the bucket has only gaps. */
  private readonly buckets: Int32Array[] = Array.from({ length: levels }, () => new Int32Array(0));

  constructor(column: Column) {
    this.column = column;
  }

  /** Takes in what was appended since the last call. */
  catchUp(): void {
    const { column, read } = this;
    if (read === column.length) return;
    this.enter(read);
    this.read = column.length;
    for (let level = 1; level < levels; level++) this.merge(level, read);
  }

  /** The indices of the first, last, smallest and largest point of a bucket into `into`, in order; how many they are. */
  pick(bucket: number, size: number, into: Int32Array): number {
    const level = this.buckets[Math.log2(size / smallestBucket)]!;
    const at = bucket * fields;
    if (at >= level.length || level[at]! < 0) return 0;
    const [first, low, high, last] = [level[at]!, level[at + 2]!, level[at + 3]!, level[at + 1]!];
    let count = 0;
    for (const index of low < high ? [first, low, high, last] : [first, high, low, last]) {
      if (count === 0 || into[count - 1] !== index) into[count++] = index;
    }
    return count;
  }

  /** The last point before `index`, -1 when there is none. */
  before(index: number): number {
    for (let i = Math.min(index, this.column.length) - 1; i >= 0; i--) {
      // A bucket of gaps is passed at once.
      if (i % smallestBucket === smallestBucket - 1) while (i >= 0 && this.empty(i)) i -= smallestBucket;
      if (i >= 0 && !Number.isNaN(this.column[i])) return i;
    }
    return -1;
  }

  /** The first point after `index`, -1 when there is none. */
  after(index: number): number {
    const { length } = this.column;
    for (let i = Math.max(0, index + 1); i < length; i++) {
      if (i % smallestBucket === 0) while (i < length && this.empty(i)) i += smallestBucket;
      if (i < length && !Number.isNaN(this.column[i])) return i;
    }
    return -1;
  }

  /** How many points in [from, to] lie outside of [low, high]. */
  outside(from: number, to: number, low: number, high: number): number {
    const last = Math.min(to, this.column.length - 1);
    let count = 0;
    for (let i = Math.max(0, from); i <= last; i++) {
      if (i % smallestBucket === 0) while (i <= last && this.within(i, low, high)) i += smallestBucket;
      // A gap is neither.
      if (i <= last && (this.column[i]! < low || this.column[i]! > high)) count += 1;
    }
    return count;
  }

  /** Whether all points of the bucket that begins at `index` lie in [low, high]. */
  private within(index: number, low: number, high: number): boolean {
    if (this.empty(index)) return true;
    const at = (index / smallestBucket) * fields;
    const entries = this.buckets[0]!;
    return this.column[entries[at + 2]!]! >= low && this.column[entries[at + 3]!]! <= high;
  }

  private empty(index: number): boolean {
    return (this.buckets[0]![Math.floor(index / smallestBucket) * fields] ?? -1) < 0;
  }

  /** The smallest buckets from `from` to the end of the column. */
  private enter(from: number): void {
    const { column } = this;
    const entries = this.grown(0);
    for (let i = from; i < column.length; i++) {
      const value = column[i]!;
      if (Number.isNaN(value)) continue;
      this.present += 1;
      const at = Math.floor(i / smallestBucket) * fields;
      if (entries[at]! < 0) entries.fill(i, at, at + fields);
      entries[at + 1] = i;
      if (value < column[entries[at + 2]!]!) entries[at + 2] = i;
      if (value > column[entries[at + 3]!]!) entries[at + 3] = i;
    }
  }

  /** Each larger bucket is made of two smaller ones; those before the step `from` are done. */
  private merge(level: number, from: number): void {
    const { column } = this;
    const halves = this.buckets[level - 1]!;
    const entries = this.grown(level);
    const size = smallestBucket * 2 ** level;
    for (let bucket = Math.floor(from / size); bucket * size < column.length; bucket++) {
      const at = bucket * fields;
      const [left, right] = [2 * at, 2 * at + fields];
      const second = halves[right] ?? -1;
      if (halves[left]! < 0 || second < 0) {
        // One half has only gaps, or both have.
        const whole = halves[left]! < 0 ? right : left;
        for (let field = 0; field < fields; field++) entries[at + field] = halves[whole + field] ?? -1;
        continue;
      }
      entries[at] = halves[left]!;
      entries[at + 1] = halves[right + 1]!;
      const lower = column[halves[right + 2]!]! < column[halves[left + 2]!]!;
      const higher = column[halves[right + 3]!]! > column[halves[left + 3]!]!;
      entries[at + 2] = halves[(lower ? right : left) + 2]!;
      entries[at + 3] = halves[(higher ? right : left) + 3]!;
    }
  }

  /** The buckets of a level, with room for the whole column. */
  private grown(level: number): Int32Array {
    const length = Math.ceil(this.column.length / (smallestBucket * 2 ** level)) * fields;
    const entries = this.buckets[level]!;
    if (entries.length >= length) return entries;
    const larger = new Int32Array(Math.max(length, 2 * entries.length)).fill(-1);
    larger.set(entries);
    this.buckets[level] = larger;
    return larger;
  }
}
