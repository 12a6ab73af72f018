/** Some rows kept apart for testing, drawn from a seed: the same rows for the same seed, whoever asks. */
import { mixSeed, uniform } from '../random';
import type { Example } from './row';
import { questionKey } from './twins';

/**
 * Indices, ascending, of about `share` of the rows: at least one, and never all. Rows with the same question stay
 * together, so that no test question is trained on. Empty where there is only one question.
 */
export function drawTestRows(examples: readonly Example[], share: number, seed: number): Uint32Array<ArrayBuffer> {
  const byQuestion = new Map<string, number[]>();
  for (const [i, example] of examples.entries()) {
    const key = questionKey(example);
    const group = byQuestion.get(key);
    if (group) group.push(i);
    else byQuestion.set(key, [i]);
  }
  const groups = [...byQuestion.values()];
  shuffle(groups, seed);
  const wanted = Math.max(1, Math.round(examples.length * share));
  const drawn: number[] = [];
  // The last group always stays for training.
  for (const group of groups.slice(0, -1)) {
    if (drawn.length + group.length <= wanted || drawn.length === 0) drawn.push(...group);
    if (drawn.length >= wanted) break;
  }
  return Uint32Array.from(drawn).sort();
}

/** Another stream than that of the training order. */
const STREAM = 0x7e57;

function shuffle<T>(list: T[], seed: number): void {
  const next = uniform(mixSeed(seed, STREAM));
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
}
