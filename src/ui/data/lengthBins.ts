/** How long the rows are: bins for a chart, and the figures beside it. */

export interface LengthSummary {
  readonly bins: readonly { readonly from: number; readonly to: number; readonly count: number }[];
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** Rows that were counted: a text that is far too long is not. */
  readonly rows: number;
}

const most = 24;

/** `tokens`: one value per row, 0 where nobody counted. Undefined without any. */
export function summarise(tokens: Uint32Array): LengthSummary | undefined {
  const sorted = tokens.filter((count) => count > 0).sort();
  const rows = sorted.length;
  if (rows === 0) return undefined;
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * rows) - 1)] ?? 0;
  const [min, max] = [sorted[0] ?? 0, sorted[rows - 1] ?? 0];
  // Whole tokens per bin, so that none is empty for no other reason than its borders.
  const width = Math.max(1, Math.ceil((max - min + 1) / most));
  const counts = new Array<number>(Math.ceil((max - min + 1) / width)).fill(0);
  for (const count of sorted) counts[Math.floor((count - min) / width)]! += 1;
  const bins = counts.map((count, i) => ({ from: min + i * width, to: min + (i + 1) * width - 1, count }));
  return { bins, p50: rank(0.5), p95: rank(0.95), max, rows };
}
