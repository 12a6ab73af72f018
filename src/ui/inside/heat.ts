/** How a divergence and a token are shown. */
import type { TokenPosition } from '../../store';

/** From 0 at no divergence towards 1: 0.5 nats are 0.39, 1 nat 0.63, 3 nats 0.95. */
export function heat(divergence: number): number {
  return 1 - Math.exp(-divergence);
}

/** A probability as a percentage that never says 100 or 0 where it is not. */
export function share(probability: number): string {
  if (probability > 0.999 && probability < 1) return '> 99.9%';
  if (probability < 0.0005 && probability > 0) return '< 0.1%';
  return `${(100 * probability).toFixed(1)}%`;
}

/** Where the two part most: the first such position. */
export function worstOf(positions: readonly TokenPosition[]): number {
  const most = Math.max(...positions.map(({ divergence }) => divergence));
  return Math.max(
    0,
    positions.findIndex(({ divergence }) => divergence === most),
  );
}
