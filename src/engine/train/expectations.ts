/** What two models expect at one position, from their logits: float64 over f32 logits, at temperature 1. */
import { StudioError } from '../studioError';

const MOST = 5;

export interface Choice {
  readonly id: number;
  readonly probability: number;
}

export interface Compared {
  /** KL(first ‖ second) in nats */
  readonly divergence: number;
  /** The most likely tokens of each, the lowest id first among equals. */
  readonly top: readonly [readonly Choice[], readonly Choice[]];
  /** Probability of `wanted` under each. */
  readonly wanted: readonly [number, number];
}

/** Both over the same columns. Throws a StudioError `logits-not-finite`. */
export function compareLogits(first: Float32Array, second: Float32Array, wanted: number): Compared {
  const [p, q] = [logShift(first), logShift(second)];
  let divergence = 0;
  for (let id = 0; id < first.length; id++) {
    const logP = first[id]! - p;
    divergence += Math.exp(logP) * (logP - (second[id]! - q));
  }
  if (!Number.isFinite(divergence)) {
    throw new StudioError(
      'logits-not-finite',
      'A model gives values that are not finite numbers: it cannot be compared.',
    );
  }
  return {
    // Of two that are the same to the last digits the rounding may be negative.
    divergence: Math.max(0, divergence),
    top: [topOf(first, p), topOf(second, q)],
    wanted: [Math.exp(first[wanted]! - p), Math.exp(second[wanted]! - q)],
  };
}

/** log Σ e^z */
function logShift(logits: Float32Array): number {
  const top = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return top + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - top), 0));
}

function topOf(logits: Float32Array, shift: number): readonly Choice[] {
  const ids: number[] = [];
  for (let id = 0; id < logits.length; id++) {
    if (ids.length === MOST && logits[id]! <= logits[ids[MOST - 1]!]!) continue;
    const at = ids.findIndex((other) => logits[other]! < logits[id]!);
    ids.splice(at < 0 ? ids.length : at, 0, id);
    ids.length = Math.min(ids.length, MOST);
  }
  return ids.map((id) => ({ id, probability: Math.exp(logits[id]! - shift) }));
}
