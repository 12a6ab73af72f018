// What a chart draws of many points: by the pixel, with every extreme, brought up to date by what was appended.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Column, gap, smoother } from '../../src/store';
import type { Curve } from '../../src/ui/charts/curve';
import { Extremes } from '../../src/ui/charts/extremes';
import { createScene } from '../../src/ui/charts/scene';
import { Track, Tracks } from '../../src/ui/charts/tracks';

const linear = { log: false, clip: false };
const values = fc.array(fc.option(fc.double({ min: -100, max: 100, noNaN: true }), { freq: 4, nil: gap }), {
  maxLength: 700,
});

const measured = (value: number): boolean => !Number.isNaN(value);

function curveOf(column: Column, change: Partial<Curve> = {}): Curve {
  const track = new Track(column);
  track.catchUp();
  return { keys: [], name: 'x', colour: 'text', look: 'raw', measured: true, track, ...change };
}

function sine(length: number): Column {
  return Array.from({ length }, (_, i) => Math.sin(i) + i / length);
}

function drawn(column: Column, width: number, window = { from: 0, to: column.length - 1 }) {
  const { xs, rows } = createScene([curveOf(column)], window, width, linear);
  return xs.flatMap((x, i) => (rows[0]![i] == null ? [] : [{ x, y: rows[0]![i]! }]));
}

describe('a scene', () => {
  it('has every point of a short column at its own step', () => {
    const column = [gap, 3, gap, 1, 2];
    expect(drawn(column, 100)).toEqual([
      { x: 1, y: 3 },
      { x: 3, y: 1 },
      { x: 4, y: 2 },
    ]);
  });

  it('of a long column has the first point, the last one, and both ends of a spike, in a few points per pixel', () => {
    const column = sine(100_000);
    column[54_321] = 50;
    column[54_322] = -50;
    const points = drawn(column, 600);
    expect(points.length).toBeLessThanOrEqual(4 * 600);
    expect(points.length).toBeGreaterThan(600);
    expect(points[0]).toEqual({ x: 0, y: column[0] });
    expect(points.at(-1)?.y).toBe(column.at(-1));
    const ys = points.map(({ y }) => y);
    expect([Math.max(...ys), Math.min(...ys)]).toEqual([50, -50]);
    expect(points[ys.indexOf(50)]!.x).toBeCloseTo(54_321, -3);
  });

  it('has the extremes of every window, whatever the gaps', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 40 }), fc.nat(300), (column, width, from) => {
        const inside = column.slice(from).filter(measured);
        fc.pre(inside.length > 0);
        const points = drawn(column, width, { from, to: column.length - 1 });
        const ys = points.map(({ y }) => y);
        expect(Math.max(...ys)).toBeGreaterThanOrEqual(Math.max(...inside));
        expect(Math.min(...ys)).toBeLessThanOrEqual(Math.min(...inside));
        expect(ys.at(-1)).toBe(inside.at(-1));
        expect(points.map(({ x }) => x)).toEqual(points.map(({ x }) => x).sort((a, b) => a - b));
      }),
    );
  });

  it('leads a line to the points beyond its edges', () => {
    const column: Column = new Array(2000).fill(gap);
    column[0] = 1;
    column[1999] = 2;
    expect(drawn(column, 50, { from: 900, to: 1100 })).toEqual([
      { x: 0, y: 1 },
      { x: 1999, y: 2 },
    ]);
  });

  it('leaves outliers out of a clipped range and counts them, with gaps for what a log axis cannot show', () => {
    const column = sine(50_000);
    for (const i of [7, 20_000, 49_999]) column[i] = 1000;
    const window = { from: 0, to: 49_999 };
    const whole = createScene([curveOf(column)], window, 500, linear);
    expect([whole.y[1] > 1000, whole.outOfSight]).toEqual([true, 0]);
    const clipped = createScene([curveOf(column)], window, 500, { log: false, clip: true });
    expect(clipped.y[1]).toBeLessThan(3);
    const beyond = column.filter((value) => value < clipped.y[0] || value > clipped.y[1]).length;
    expect(clipped.outOfSight).toBe(beyond);
    expect(beyond).toBeGreaterThanOrEqual(3);
    const log = createScene([curveOf(column)], window, 500, { log: true, clip: false });
    expect(log.y[0]).toBeGreaterThan(0);
    expect(log.rows[0]!.every((value) => value === null || value > 0)).toBe(true);
  });

  it('draws a level from edge to edge', () => {
    const { rows } = createScene([curveOf([0.5], { look: 'level' })], { from: 3, to: 6 }, 100, linear);
    expect(rows[0]).toContain(0.5);
    expect(new Set(rows[0])).toEqual(new Set([0.5]));
  });
});

describe('extremes', () => {
  it('brought up to date step by step are those of the whole column', () => {
    fc.assert(
      fc.property(values, fc.nat(700), (column, cut) => {
        const grown: Column = column.slice(0, cut);
        const extremes = new Extremes(grown);
        extremes.catchUp();
        for (const value of column.slice(cut)) {
          grown.push(value);
          extremes.catchUp();
        }
        const into = new Int32Array(4);
        for (const size of [8, 32, 512]) {
          for (let bucket = 0; bucket * size < column.length; bucket++) {
            const inside = column.slice(bucket * size, (bucket + 1) * size).filter(measured);
            const picked = [...into.subarray(0, extremes.pick(bucket, size, into))].map((i) => column[i]!);
            expect(picked.length === 0).toBe(inside.length === 0);
            if (inside.length === 0) continue;
            expect([picked[0], picked.at(-1)]).toEqual([inside[0], inside.at(-1)]);
            expect([Math.min(...picked), Math.max(...picked)]).toEqual([Math.min(...inside), Math.max(...inside)]);
          }
        }
        expect(extremes.present).toBe(column.filter(measured).length);
      }),
    );
  });

  it('find neighbours and count outliers as a plain search does', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: -5, max: 710 }), fc.nat(100), (column, index, high) => {
        const extremes = new Extremes(column);
        extremes.catchUp();
        expect(extremes.before(index)).toBe(column.findLastIndex((value, i) => measured(value) && i < index));
        expect(extremes.after(index)).toBe(column.findIndex((value, i) => measured(value) && i > index));
        const out = column.filter((v, i) => measured(v) && i >= index && i <= index + 100 && (v < -50 || v > high));
        expect(extremes.outside(index, index + 100, -50, high)).toBe(out.length);
      }),
    );
  });
});

describe('tracks', () => {
  it('go on where they were, and begin anew when something that was there has changed', () => {
    let rewrites = 0;
    const column: Column = [gap, 4, 2];
    const tracks = new Tracks(() => rewrites);
    expect(tracks.smoothed(column, 0.5).column).toEqual(column.map(smoother(0.5)));
    column.push(8);
    const track = tracks.smoothed(column, 0.5);
    expect(track).toBe(tracks.smoothed(column, 0.5));
    expect(track.column).toEqual(column.map(smoother(0.5)));
    column.length = 0;
    column.push(gap, 1, 1, 1, 1);
    rewrites += 1;
    expect(tracks.smoothed(column, 0.5).column).toEqual([gap, 1, 1, 1, 1]);
    expect(tracks.plain(column).extremes.present).toBe(4);
  });

  it('begin with what the model could before it was trained, unless step 0 was measured', () => {
    const tracks = new Tracks(() => 0);
    expect(tracks.beginning([], 0.25).column).toEqual([0.25]);
    expect(tracks.beginning([gap, 0.5], 0.25).column).toEqual([0.25, 0.5]);
    expect(tracks.beginning([0.75, 0.5], 0.25).column).toEqual([0.75, 0.5]);
    expect(tracks.beginning([gap, gap, 1], 0).newest).toBe(1);
  });

  it('cost by what is appended: nothing is read twice', () => {
    let reads = 0;
    const column = new Proxy<Column>([], {
      get: (target, key, receiver) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1;
        return Reflect.get(target, key, receiver);
      },
    });
    const tracks = new Tracks(() => 0);
    for (let i = 0; i < 20_000; i++) column.push(1);
    tracks.smoothed(column, 0.9);
    expect(reads).toBe(20_000);
    for (let i = 0; i < 5; i++) column.push(1);
    tracks.smoothed(column, 0.9);
    expect(reads).toBe(20_005);
  });
});
