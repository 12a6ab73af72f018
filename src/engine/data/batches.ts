/** Rows of tokens to batches: seeded order, micro-batches, and packing without padding behind one shared prefix. */
import { uniform } from '../random';
import type { TokenRow } from './examples';

/**
 * T tokens in one sequence: the prefix that all rows share once, then what each row has after it, row by row.
 * Token t attends the keys [0, min(prefix, keyStart[t])) and [keyStart[t], keyEnd[t]).
 */
export interface PackedBatch {
  /** T */
  readonly tokens: number;
  /** Tokens shared by all rows; may be 0. It ends before the first label position of every row. */
  readonly prefix: number;
  readonly rows: number;
  /** [T] */
  readonly ids: Uint32Array<ArrayBuffer>;
  /** [T] place in its own row, for the rotary embedding. */
  readonly positions: Uint32Array<ArrayBuffer>;
  readonly keyStart: Uint32Array<ArrayBuffer>;
  readonly keyEnd: Uint32Array<ArrayBuffer>;
  /** [T] key j is seen by the queries [j, queryEnd[j]). */
  readonly queryEnd: Uint32Array<ArrayBuffer>;
  /** [labels] packed index whose next token is scored, and that token. */
  readonly labelRows: Uint32Array<ArrayBuffer>;
  readonly targets: Uint32Array<ArrayBuffer>;
  readonly labels: number;
  /** Tokens that the rows' inputs hold, the prefix counted in each. */
  readonly rowTokens: number;
}

type Row = Pick<TokenRow, 'prompt' | 'answer'>;

/**
 * Packs rows, each with a prompt of at least one token. An answer may be empty: such a row has no labels.
 * An answer's last token is a target but no input: nothing is predicted from it.
 */
export function packBatch(rows: readonly Row[]): PackedBatch {
  const prefix = commonPrefix(rows);
  const inputs = rows.map(({ prompt, answer }) => ({ prompt, answer, input: answer.subarray(0, -1) }));
  const rowTokens = inputs.reduce((sum, { prompt, input }) => sum + prompt.length + input.length, 0);
  const tokens = rows.length === 0 ? 0 : rowTokens - prefix * (rows.length - 1);
  const labels = rows.reduce((sum, row) => sum + row.answer.length, 0);
  const index = () => new Uint32Array(tokens);
  const batch: PackedBatch = {
    ...{ tokens, prefix, rows: rows.length, labels, rowTokens },
    ...{ ids: index(), positions: index(), keyStart: index(), keyEnd: index(), queryEnd: index() },
    ...{ labelRows: new Uint32Array(labels), targets: new Uint32Array(labels) },
  };
  writeSpan(batch, rows[0]?.prompt.subarray(0, prefix) ?? new Uint32Array(), { at: 0, position: 0, end: tokens });
  let at = prefix;
  let label = 0;
  for (const { prompt, answer, input } of inputs) {
    const end = at + prompt.length + input.length - prefix;
    const firstAnswer = end - input.length;
    writeSpan(batch, prompt.subarray(prefix), { at, position: prefix, end });
    writeSpan(batch, input, { at: firstAnswer, position: prompt.length, end });
    batch.keyStart.fill(at, at, end);
    for (let i = 0; i < answer.length; i++) batch.labelRows[label + i] = firstAnswer - 1 + i;
    batch.targets.set(answer, label);
    label += answer.length;
    at = end;
  }
  return batch;
}

function writeSpan(batch: PackedBatch, ids: Uint32Array, span: { at: number; position: number; end: number }): void {
  batch.ids.set(ids, span.at);
  for (let i = 0; i < ids.length; i++) {
    const t = span.at + i;
    batch.positions[t] = span.position + i;
    batch.keyEnd[t] = t + 1;
    batch.queryEnd[t] = span.end;
  }
}

/**
 * How many first tokens all prompts share. A prompt's last token predicts the answer's first, so it is a label position
 * and stays with its row.
 */
export function commonPrefix(rows: readonly { readonly prompt: ArrayLike<number> }[]): number {
  const first = rows[0]?.prompt ?? [];
  let length = Math.max(0, first.length - 1);
  for (const { prompt } of rows) {
    if (prompt.length === 0) throw new RangeError('a row needs a prompt of at least one token');
    length = Math.min(length, prompt.length - 1);
    for (let i = 0; i < length; i++) if (prompt[i] !== first[i]) length = i;
  }
  return length;
}

/** The order of the rows in one epoch: a permutation of 0..count-1 that depends on the seed and the epoch only. */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array<ArrayBuffer> {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const next = uniform((Math.imul(seed, 0x9e3779b1) ^ Math.imul(epoch + 1, 0x85ebca6b)) >>> 0);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/**
 * Rows in the given order as steps of `accumulation` micro-batches of `batchSize` rows. The last step of the epoch has
 * what is left, so none is empty and no row is lost.
 */
export function microBatches<T>(
  rows: readonly T[],
  order: ArrayLike<number>,
  batchSize: number,
  accumulation: number,
): T[][][] {
  const sorted = Array.from(order, (i) => rows[i]!);
  return chunks(chunks(sorted, batchSize), accumulation);
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}
