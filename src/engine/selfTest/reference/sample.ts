/** float64 twin of shaders/sample.wgsl, by sorting; random numbers are those of the kernel. */
import { pcg3d } from './random';

export interface Sampling {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly repetitionPenalty: number;
  readonly seed: number;
}

/** Positive logits of tokens in the history divided by the penalty, negative ones multiplied; in f32, as ties matter. */
export function penalise(logits: Float64Array, history: readonly number[], penalty: number): Float64Array {
  const changed = logits.slice();
  for (const token of new Set(history)) {
    const z = logits[token]!;
    changed[token] = Math.fround(z < 0 ? z * penalty : z / penalty);
  }
  return changed;
}

/** The tokens that can be drawn, most likely first (of equals the lowest index), with their probabilities. */
export function distribution(
  logits: Float64Array,
  { temperature, topK, topP }: Sampling,
): { token: number; p: number }[] {
  const order = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]! || a - b);
  const top = logits[order[0]!]!;
  const leastK = topK > 0 && topK < order.length ? logits[order[topK - 1]!]! : Number.NEGATIVE_INFINITY;
  let kept = normalised(
    order
      .filter((token) => logits[token]! >= leastK)
      .map((token) => ({ token, p: Math.exp((logits[token]! - top) / temperature) })),
  );
  if (topP < 1) {
    let above = 0;
    const last = kept.find(({ p }) => {
      above += p;
      return above >= topP;
    });
    const leastP = last ? logits[last.token]! : Number.NEGATIVE_INFINITY;
    kept = normalised(kept.filter(({ token }) => logits[token]! >= leastP));
  }
  return kept;
}

/**
 * The tokens that (seed, stream, step) may choose: one, unless the random number is within `slack` (a probability) of the
 * boundary between two different logits.
 */
export function draw(logits: Float64Array, sampling: Sampling, stream: number, step: number, slack = 0): number[] {
  if (sampling.temperature === 0) return [logits.indexOf(logits.reduce((a, b) => Math.max(a, b)))];
  const [first, second] = pcg3d(sampling.seed, stream, step);
  const goal = first / 2 ** 32;
  const kept = distribution(logits, sampling);
  const chosen: number[] = [];
  let below = 0;
  for (let from = 0; from < kept.length; ) {
    let to = from;
    while (to < kept.length && logits[kept[to]!.token] === logits[kept[from]!.token]) to += 1;
    const reached = below + (to - from) * kept[from]!.p;
    const rank = Math.floor(((to - from) * second) / 2 ** 32);
    if (goal >= below - slack && goal < reached + slack) chosen.push(kept[from + rank]!.token);
    [from, below] = [to, reached];
  }
  return chosen;
}

function normalised(tokens: { token: number; p: number }[]): { token: number; p: number }[] {
  const sum = tokens.reduce((total, { p }) => total + p, 0);
  return tokens.map(({ token, p }) => ({ token, p: p / sum }));
}
