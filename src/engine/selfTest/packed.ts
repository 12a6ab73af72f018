/** What queries see and keys are seen by, in batches as attention gets them. */

/** A packed batch: `prefix` tokens once, then the own tokens of each row. */
export function pack(prefix: number, lengths: readonly number[]) {
  const queries = prefix + lengths.reduce((sum, length) => sum + length, 0);
  const keyStart = new Array<number>(prefix).fill(0);
  const queryEnd = new Array<number>(prefix).fill(queries);
  for (const length of lengths) {
    const start = keyStart.length;
    for (let i = 0; i < length; i++) {
      keyStart.push(start);
      queryEnd.push(start + length);
    }
  }
  const seenBy = queryEnd.map((end, j) => [j, end] as const);
  return { prefix, queries, keyStart, keyEnd: keyStart.map((_, t) => t + 1), seenBy };
}

export type Packed = ReturnType<typeof pack>;

/** The same keys, and of the queries only these, ascending. */
export function picked(batch: Packed, tokens: readonly number[]) {
  const before = (t: number) => tokens.filter((token) => token < t).length;
  return {
    prefix: batch.prefix,
    queries: tokens.length,
    keyStart: tokens.map((t) => batch.keyStart[t]!),
    keyEnd: tokens.map((t) => batch.keyEnd[t]!),
    seenBy: batch.seenBy.map(([from, to]) => [before(from), before(to)] as const),
  };
}
