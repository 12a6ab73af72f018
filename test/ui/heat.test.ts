import { expect, test } from 'vitest';
import { heat, share, worstOf } from '../../src/ui/inside/heat';
import { visible } from '../../src/ui/shared/visible';

test('a divergence is warmer the larger it is, and never more than whole', () => {
  const heats = [0, 0.01, 0.5, 1, 3, 50].map(heat);
  expect(heats[0]).toBe(0);
  expect(heats).toEqual(heats.toSorted((a, b) => a - b));
  expect(heats.at(-1)).toBeLessThanOrEqual(1);
});

test('a share says 0 or 100 only where it is', () => {
  expect([0, 1e-5, 0.0005, 0.5, 0.999, 0.9995, 1].map(share)).toEqual([
    '0.0%',
    '< 0.1%',
    '0.1%',
    '50.0%',
    '99.9%',
    '> 99.9%',
    '100.0%',
  ]);
});

test('white space can be seen', () => {
  expect(visible(' a\n\tb ')).toBe('·a↵→b·');
});

test('a row is first looked at where it parts most', () => {
  const positions = [0.1, 2, 0.5, 2].map((divergence) => {
    const expectation = { top: [], wanted: 0 };
    return { id: 0, text: '', divergence, sameTop: true, teacher: expectation, student: expectation };
  });
  expect(worstOf(positions)).toBe(1);
  expect(worstOf([])).toBe(0);
});
