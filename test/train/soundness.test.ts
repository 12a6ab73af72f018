import { describe, expect, it } from 'vitest';
import { AnswerWatch, LossWatch } from '../../src/engine/train/soundness';

describe('a loss', () => {
  const seenAfter = (...losses: number[]) => {
    const watch = new LossWatch();
    return losses.map((loss) => watch.exploded(loss)).at(-1);
  };
  const eight = [4, 3, 2, 1, 0.5, 0.4, 0.3, 0.3];

  it('explodes far above what was usual', () => {
    expect(seenAfter(...eight, 6)).toBe(1);
    expect(seenAfter(...eight, Number.POSITIVE_INFINITY)).toBe(1);
  });

  it('does not when it is only several times the usual one, only some nats more, or among the first', () => {
    expect(seenAfter(...eight, 2.9)).toBeUndefined();
    expect(seenAfter(...eight.map((loss) => 10 * loss), 45)).toBeUndefined();
    expect(seenAfter(...eight.slice(1), 60)).toBeUndefined();
  });

  it('stays exploded: what exploded does not become usual', () => {
    expect(seenAfter(...eight, ...Array.from({ length: 100 }, () => 6))).toBe(1);
  });

  it('is as before once it is near what was usual, and not just below where it exploded', () => {
    expect(seenAfter(...eight, 4.9)).toBeUndefined();
    expect(seenAfter(...eight, 6, 4.9)).toBe(1);
    expect(seenAfter(...eight, 6, 4.9, 1.9)).toBeUndefined();
    expect(seenAfter(...eight, 6, 1.9, 4.4)).toBeUndefined();
  });

  it('is measured by those just before it', () => {
    const falling = Array.from({ length: 100 }, (_, i) => 5 * 0.9 ** i);
    expect(seenAfter(...falling, 2.5)).toBeLessThan(0.1);
  });
});

describe('right answers', () => {
  const seenAfter = (...counts: number[]) => {
    const watch = new AnswerWatch();
    return counts.map((correct) => watch.collapsed({ correct, rows: 64 })).at(-1);
  };

  it('collapse where surely less than half of the best are left', () => {
    expect(seenAfter(0, 40, 60, 5)).toEqual({ correct: 60, rows: 64 });
    expect(seenAfter(60, 5, 5)).toEqual({ correct: 60, rows: 64 });
  });

  it('do not where chance may be the reason, or nothing was right before', () => {
    expect(seenAfter(60, 25)).toBeUndefined();
    expect(seenAfter(3, 0)).toBeUndefined();
    expect(seenAfter(0, 0)).toBeUndefined();
    expect(new AnswerWatch().collapsed({ correct: 0, rows: 0 })).toBeUndefined();
  });
});
