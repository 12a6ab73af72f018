/** Rows of tokens to batches: seeded order, micro-batches, and packing without padding behind one shared prefix. */
import { uniform } from '../random';
import type { TokenRow } from './examples';
import { type LaidRow, type Layout, layOut, packed } from './layout';

/**
 * T tokens in one sequence: the prefix that all rows share once, then what each row has after it, row by row.
 * Token t attends the keys [0, min(prefix, keyStart[t])) and [keyStart[t], keyEnd[t]). Filling stands at the end of its
 * row, whatever its position: it sees the tokens before its position, and no token sees it.
 */
export interface PackedBatch {
  /** T */
  readonly tokens: number;
  /** Tokens shared by all rows; may be 0. It ends before the first label position of every row. */
  readonly prefix: number;
  readonly rows: number;
  /** The rows in their order, and the label positions of each: what is known of a row is known in any batch. */
  readonly sources: readonly { readonly row: Row; readonly labels: number }[];
  /** [T] */
  readonly ids: Uint32Array<ArrayBuffer>;
  /** [T] place in its own row, for the rotary embedding. */
  readonly positions: Uint32Array<ArrayBuffer>;
  readonly keyStart: Uint32Array<ArrayBuffer>;
  readonly keyEnd: Uint32Array<ArrayBuffer>;
  /** [T] key j is seen by the queries [j, queryEnd[j]). */
  readonly queryEnd: Uint32Array<ArrayBuffer>;
  /** [labels] packed index at which something is scored, ascending, and the token it must predict, or `notScored`. */
  readonly labelRows: Uint32Array<ArrayBuffer>;
  readonly targets: Uint32Array<ArrayBuffer>;
  /** [labels] 1 where the divergence from the teacher counts, else 0. */
  readonly compared: Uint32Array<ArrayBuffer>;
  readonly labels: number;
  /** Labels: as many positions have a cross-entropy, and as many a divergence, though not always the same ones. */
  readonly scored: number;
  /** Pairs of a token and a key that it attends: of all tokens, and of the label positions alone. */
  readonly pairs: number;
  readonly labelPairs: number;
  /** Tokens that the rows' inputs hold, the prefix counted in each. */
  readonly rowTokens: number;
}

/** The target of a position that predicts no label. */
export const notScored = 0xffffffff;

type Row = Pick<TokenRow, 'prompt' | 'answer'>;

/**
 * Packs rows, each with a prompt of at least one token. An answer may be empty: such a row has no labels, unless its
 * filling is one. An answer's last token is a target but no input, except where the divergence is not shifted.
 */
export function packBatch(rows: readonly Row[], layout: Layout = packed): PackedBatch {
  const laid = rows.map((row) => layOut(row, layout));
  const prefix = layout.sharePrefix ? commonPrefix(laid) : requirePrompts(laid);
  const sum = (count: (row: LaidRow) => number) => laid.reduce((total, row) => total + count(row), 0);
  const rowTokens = sum((row) => row.tokens);
  const tokens = rows.length === 0 ? 0 : rowTokens - prefix * (rows.length - 1);
  const labels = sum((row) => row.labels);
  const scored = sum(({ targets }) => targets.length);
  const [perToken, perLabel] = [() => new Uint32Array(tokens), () => new Uint32Array(labels)];
  const batch = {
    ...{ tokens, prefix, rows: rows.length, labels, scored, rowTokens, pairs: 0, labelPairs: 0 },
    sources: laid.map(({ labels: count }, index) => ({ row: rows[index]!, labels: count })),
    ...{ ids: perToken(), positions: perToken(), keyStart: perToken(), keyEnd: perToken(), queryEnd: perToken() },
    ...{ labelRows: perLabel(), targets: perLabel(), compared: perLabel() },
  };
  writeSpan(batch, laid[0]?.prompt.subarray(0, prefix) ?? new Uint32Array(), { at: 0, position: 0, end: tokens });
  let at = prefix;
  let label = 0;
  for (const row of laid) {
    writeRow(batch, row, { at, label, shift: layout.divergenceShift, pad: layout.pad });
    at += row.tokens - prefix;
    label += row.labels;
  }
  const seen = (t: number) => Math.min(prefix, batch.keyStart[t]!) + batch.keyEnd[t]! - batch.keyStart[t]!;
  for (let t = 0; t < tokens; t++) batch.pairs += seen(t);
  for (const t of batch.labelRows) batch.labelPairs += seen(t);
  return batch;
}

/** One row behind the prefix: prompt, answer, filling of the answer, filling of the prompt. */
function writeRow(
  batch: PackedBatch,
  row: LaidRow,
  { at, label, shift, pad }: { at: number; label: number; shift: boolean; pad: number },
): void {
  const { prefix } = batch;
  const { prompt, answer, answerAt, answerPads, promptPads, targets } = row;
  const first = at + prompt.length - prefix;
  const real = first + answer.length;
  const promptPad = real + answerPads;
  const end = promptPad + promptPads;
  writeSpan(batch, prompt.subarray(prefix), { at, position: prefix, end });
  // The filling of the prompt lies behind the answer, and stands before it: it does not see it.
  writeSpan(batch, answer, { at: first, position: answerAt, end: promptPad });
  writeFilling(batch, pad, { at: real, end: promptPad, position: answerAt + answer.length, keyEnd: real });
  writeFilling(batch, pad, { at: promptPad, end, position: answerAt - 1, keyEnd: first });
  batch.keyStart.fill(at, at, end);
  for (let i = 0; i < row.labels; i++) {
    // Behind a filled prompt its last token, which predicts the answer's first, is filling and lies behind the answer.
    const [at, t] =
      promptPads === 0 ? [i, first + i - 1] : i > 0 ? [i - 1, first + i - 1] : [row.labels - 1, promptPad];
    batch.labelRows[label + at] = t;
    batch.targets[label + at] = targets[i] ?? notScored;
    batch.compared[label + at] = shift || i > 0 ? 1 : 0;
  }
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

function writeFilling(
  batch: PackedBatch,
  pad: number,
  { at, end, position, keyEnd }: { at: number; end: number; position: number; keyEnd: number },
): void {
  batch.ids.fill(pad, at, end);
  batch.keyEnd.fill(keyEnd, at, end);
  for (let t = at; t < end; t++) {
    batch.positions[t] = position + t - at;
    // As a key it is seen by no query, not even its own.
    batch.queryEnd[t] = t;
  }
}

/**
 * How many first tokens all prompts share. A prompt's last token predicts the answer's first, so it is a label position
 * and stays with its row.
 */
export function commonPrefix(rows: readonly { readonly prompt: ArrayLike<number> }[]): number {
  const first = rows[0]?.prompt ?? [];
  let length = Math.max(0, first.length - 1);
  requirePrompts(rows);
  for (const { prompt } of rows) {
    length = Math.min(length, prompt.length - 1);
    for (let i = 0; i < length; i++) if (prompt[i] !== first[i]) length = i;
  }
  return length;
}

/** The length of no prefix. */
function requirePrompts(rows: readonly { readonly prompt: ArrayLike<number> }[]): 0 {
  if (rows.some(({ prompt }) => prompt.length === 0))
    throw new RangeError('a row needs a prompt of at least one token');
  return 0;
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
