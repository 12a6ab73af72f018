/** Columns as they are drawn (as they are, smoothed, with a first point), each brought up to date by what was appended. */
import { type Column, gap, smoother, valueAt } from '../../store';
import { Extremes } from './extremes';

export class Track {
  readonly extremes: Extremes;
  private readonly source: Column;
  private readonly next: ((value: number, index: number) => number) | undefined;
  private readonly least: number;

  /** `next`: what is drawn of each value, asked once per value and in order; `least`: the points there are at least. */
  constructor(source: Column, next?: (value: number, index: number) => number, least = 0) {
    this.source = source;
    this.next = next;
    this.least = least;
    this.extremes = new Extremes(next ? [] : source);
  }

  get column(): Column {
    return this.extremes.column;
  }

  /** The newest value. */
  get newest(): number | undefined {
    return valueAt(this.column, this.extremes.before(this.column.length));
  }

  catchUp(): void {
    const { source, column, next } = this;
    const length = Math.max(this.least, source.length);
    if (next) for (let i = column.length; i < length; i++) column.push(next(source[i] ?? gap, i));
    this.extremes.catchUp();
  }
}

/** The tracks of one run, made when they are first drawn and anew when what was there has changed. */
export class Tracks {
  private readonly rewrites: () => number;
  private readonly kept = new Map<Column, Map<string, Track>>();
  private seen: number;

  /** `rewrites` grows when values that were there change or go. */
  constructor(rewrites: () => number) {
    this.rewrites = rewrites;
    this.seen = rewrites();
  }

  plain(column: Column): Track {
    return this.track(column, '', () => new Track(column));
  }

  /** One weight at a time is kept. */
  smoothed(column: Column, weight: number): Track {
    const key = `smoothed ${weight}`;
    const tracks = this.of(column);
    for (const other of tracks.keys()) if (other.startsWith('smoothed') && other !== key) tracks.delete(other);
    return this.track(column, key, () => new Track(column, smoother(weight)));
  }

  /** With `first` at step 0 where nothing else was measured. */
  beginning(column: Column, first: number): Track {
    const next = (value: number, index: number) => (index === 0 && Number.isNaN(value) ? first : value);
    return this.track(column, `beginning ${first}`, () => new Track(column, next, 1));
  }

  private track(column: Column, key: string, make: () => Track): Track {
    const tracks = this.of(column);
    const track = tracks.get(key) ?? make();
    tracks.set(key, track);
    track.catchUp();
    return track;
  }

  private of(column: Column): Map<string, Track> {
    if (this.seen !== this.rewrites()) this.kept.clear();
    this.seen = this.rewrites();
    const tracks = this.kept.get(column) ?? new Map<string, Track>();
    this.kept.set(column, tracks);
    return tracks;
  }
}
