// A curve with many points in every pixel: one stroke a pixel, which hides no extreme, leaps no gap and keeps its dashes.
import { describe, expect, it } from 'vitest';
import { gap, type Column as Values } from '../../src/store';
import { columnsOf, type Pen, strokes } from '../../src/ui/charts/band';
import type { Curve } from '../../src/ui/charts/curve';
import { createScene } from '../../src/ui/charts/scene';
import { Track } from '../../src/ui/charts/tracks';

const width = 300;

function sceneOf(column: Values) {
  const track = new Track(column);
  track.catchUp();
  const curve: Curve = { keys: [], name: 'x', colour: 'text', look: 'raw', measured: true, track };
  return createScene([curve], { from: 0, to: column.length - 1 }, width, { log: false, clip: false });
}

const noise = (length: number): Values => Array.from({ length }, (_, i) => Math.sin(i * 12.9898) * 3 + i / length);
const pen = (length: number, change: Partial<Pen> = {}): Pen => ({
  ...{ x: (step) => (step / length) * width, y: (value) => 100 - value, width: 2, dash: [] },
  ...{ left: 0, right: width, ...change },
});

/** The ends of each stroke by its pixel. */
function byPixel(found: readonly number[]): ReadonlyMap<number, readonly [top: number, bottom: number]> {
  const pixels = Array.from({ length: found.length / 3 }, (_, i) => found.slice(3 * i, 3 * i + 3));
  return new Map(pixels.map(([x, top, bottom]) => [x!, [top!, bottom!]]));
}

describe('a curve with many points in every pixel', () => {
  const column = noise(50_000);
  column[20_000] = 40;
  const columns = columnsOf(sceneOf(column), 0, width)!;

  it('is one stroke in each of them, as thick as the line, and has every extreme', () => {
    const found = byPixel(strokes(columns, pen(column.length)));
    expect([...found.keys()]).toEqual(Array.from({ length: width }, (_, i) => i));
    expect(Math.min(...[...found.values()].map(([top]) => top))).toBe(100 - 40 - 1);
    expect(found.get(Math.floor((20_000 / column.length) * width))![0]).toBe(59);
    expect(Math.min(...[...found.values()].map(([top, bottom]) => bottom - top))).toBeGreaterThanOrEqual(2);
  });

  it('is whole: every stroke touches its neighbour', () => {
    const leaping = [...noise(25_000), ...noise(25_000).map((value) => (value ?? 0) + 500)];
    const found = [...byPixel(strokes(columnsOf(sceneOf(leaping), 0, width)!, pen(leaping.length))).values()];
    for (const [i, [top, bottom]] of found.slice(1).entries()) {
      expect(top).toBeLessThanOrEqual(found[i]![1]);
      expect(bottom).toBeGreaterThanOrEqual(found[i]![0]);
    }
  });

  it('has its dashes along the axis', () => {
    const found = byPixel(strokes(columns, pen(column.length, { dash: [6, 3] })));
    const drawn = Array.from({ length: 18 }, (_, x) => found.has(x));
    expect(drawn.map(Number).join('')).toBe('111111000111111000');
  });
});

it('few points stay a line, at the edge of being many and of measurements now and then', () => {
  expect(columnsOf(sceneOf(noise(250)), 0, width)).toBeUndefined();
  expect(columnsOf(sceneOf(noise(500)), 0, width)).toBeUndefined();
  expect(columnsOf(sceneOf(noise(700)), 0, width)).toBeDefined();
  const measured: Values = Array.from({ length: 50_000 }, (_, i) => (i % 500 < 2 ? i : gap));
  expect(columnsOf(sceneOf(measured), 0, width)).toBeUndefined();
});
