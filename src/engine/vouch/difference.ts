/** Where two engines part: logits of one position beside each other, and the first token that is not the same. */
import type { ChatTokenizer } from '../data/tokenizer';
import { tokenText } from '../data/tokenText';
import type { FirstDifference, LogitDistance } from './report';

/** Over the columns of `ours`; a `second` that is shorter or not finite is infinitely far away. */
export function distanceOf(ours: Float32Array, second: Float32Array): LogitDistance {
  let [largest, sum, scale] = [0, 0, 0];
  for (const [i, logit] of ours.entries()) {
    const gap = Math.abs(logit - (second[i] ?? Number.NaN));
    largest = Math.max(largest, Number.isFinite(gap) ? gap : Number.POSITIVE_INFINITY);
    sum += gap;
    scale = Math.max(scale, Math.abs(logit));
  }
  return { largest, mean: Number.isFinite(largest) ? sum / ours.length : largest, scale };
}

/** The first index at which two answers differ; undefined when they are the same to their ends. */
export function partsAt(ours: ArrayLike<number>, second: ArrayLike<number>): number | undefined {
  const shorter = Math.min(ours.length, second.length);
  for (let i = 0; i < shorter; i++) if (ours[i] !== second[i]) return i;
  return ours.length === second.length ? undefined : shorter;
}

interface Parted {
  readonly index: number;
  /** Undefined where the answer has ended. */
  readonly ours: number | undefined;
  readonly second: number | undefined;
}

/**
 * `logits`: ours [vocabulary] after what both said alike. `allowed`: how far a logit of the other may be from ours, so two
 * of them may swap places that are twice as far apart.
 */
export function differenceOf(
  { index, ours, second }: Parted,
  logits: Float32Array,
  allowed: number,
  tokenizer: Pick<ChatTokenizer, 'token' | 'decode'>,
  endTokens: readonly number[],
): FirstDifference {
  const most = (ids: readonly number[]): number => ids.reduce((best, id) => (logits[id]! > logits[best]! ? id : best));
  const [first, next] = twoLargest(logits);
  const token = (id = most(endTokens)) => ({ id, text: tokenText(tokenizer, id) });
  const other = token(second);
  const behind = logits[first]! - (logits[other.id] ?? Number.NEGATIVE_INFINITY);
  const margin = logits[first]! - logits[next]!;
  return { index, ours: token(ours), second: other, margin, behind, tie: behind <= 2 * allowed };
}

/** Indices of the largest and the next, the lowest of equals first. */
function twoLargest(logits: Float32Array): [number, number] {
  let [first, next] = [0, -1];
  for (let i = 1; i < logits.length; i++) {
    if (logits[i]! > logits[first]!) [first, next] = [i, first];
    else if (next < 0 || logits[i]! > logits[next]!) next = i;
  }
  return [first, next];
}
