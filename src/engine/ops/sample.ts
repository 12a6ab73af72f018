/** Chooses every row's next token on the GPU and keeps its history, length and end; nothing is read back. */
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { words } from '../gpu/work';
import { rowWidth } from './loss';

export interface Sampling {
  /** 0: always the most likely token (the lowest index of equals); top-k, top-p and the seed then have no effect. */
  readonly temperature: number;
  /** Keep the k most likely tokens, and those equal to the k-th; 0 is off. */
  readonly topK: number;
  /** Then keep the most likely tokens until their share reaches p, and those equal to the last; 1 is off. */
  readonly topP: number;
  /** Divides positive and multiplies negative logits of tokens in the history; 1 is off. */
  readonly repetitionPenalty: number;
  readonly seed: number;
}

export interface Sample {
  /** f32 [rows, vocabulary]; the penalty changes it in place. */
  readonly logits: Tensor;
  readonly vocabulary: number;
  readonly rows: number;
  /** u32 [rows, capacity]: prompt, then what was generated. */
  readonly history: Tensor;
  readonly capacity: number;
  /** u32 [rows] each: used part of the history; 0 or 1; the token chosen. */
  readonly lengths: Tensor;
  readonly finished: Tensor;
  readonly next: Tensor;
  /** u32 [rows]: with seed and step it selects the random numbers of a row. */
  readonly streams: Tensor;
  /** 1 to 4 tokens that end a row; they go to `next`, not to the history. */
  readonly endTokens: readonly number[];
  /** Of decoding. */
  readonly step: number;
  readonly sampling: Sampling;
}

const NO_TOKEN = 0xffffffff;

/**
 * For each row that is not finished: next = the token; an end token sets finished, any other is appended to the history
 * (a row whose history is full is finished too). Finished rows stay as they are. Throws on settings out of range.
 */
export function forward(rec: Recorder, s: Sample): void {
  check(s);
  const { logits, history, lengths, finished, next, streams, sampling } = s;
  const greedy = sampling.temperature === 0;
  const [end0, end1 = NO_TOKEN, end2 = NO_TOKEN, end3 = NO_TOKEN] = s.endTokens;
  const shared = {
    stem: 'sample',
    params: {
      vocabulary: s.vocabulary,
      capacity: s.capacity,
      seed: sampling.seed >>> 0,
      step: s.step,
      topK: sampling.topK < s.vocabulary ? sampling.topK : 0,
      topP: sampling.topP < 1 ? Math.max(1, Math.floor(sampling.topP * 2 ** 32)) : 0,
      inverseTemperature: greedy ? 1 : 1 / sampling.temperature,
      penalty: sampling.repetitionPenalty,
      end0: end0 ?? NO_TOKEN,
      end1,
      end2,
      end3,
    },
    constants: { WIDTH: rowWidth(s.vocabulary) },
    grid: [s.rows] as const,
    work: { flops: 4 * s.rows * s.vocabulary, bytes: words(s.rows * (s.vocabulary + (greedy ? 4 : 5))) },
  };
  if (sampling.repetitionPenalty !== 1) {
    const work = { flops: s.rows * s.capacity, bytes: words(3 * s.rows * s.capacity) };
    rec.dispatch({ ...shared, entry: 'penalise', bind: { logits, history, lengths, finished }, work });
  }
  const bind = { logits, history, lengths, finished, next };
  if (greedy) rec.dispatch({ ...shared, entry: 'greedy', bind });
  else rec.dispatch({ ...shared, entry: 'draw', bind: { ...bind, streams } });
}

function check({ endTokens, sampling }: Sample): void {
  const { temperature, topK, topP, repetitionPenalty } = sampling;
  if (endTokens.length < 1 || endTokens.length > 4) throw new Error(`1 to 4 end tokens, not ${endTokens.length}`);
  if (!(temperature >= 0)) throw new Error(`the sampling temperature must be 0 or more, not ${temperature}`);
  if (!(Number.isInteger(topK) && topK >= 0)) throw new Error(`top-k must be a whole number from 0, not ${topK}`);
  if (!(topP > 0)) throw new Error(`top-p must be above 0, not ${topP}`);
  if (!(repetitionPenalty > 0)) throw new Error(`the repetition penalty must be above 0, not ${repetitionPenalty}`);
}
