/** What tells the rows of one training from those of another: their tokens, in their order. */
import { mixSeed } from '../random';

interface Row {
  readonly prompt: Uint32Array;
  readonly answer: Uint32Array;
}

/** 16 hexadecimal digits. */
export function fingerprintRows(rows: readonly Row[]): string {
  const hashes = [1, 2].map((half) => {
    let hash = half;
    for (const { prompt, answer } of rows) {
      for (const tokens of [prompt, answer]) {
        hash = mixSeed(hash, tokens.length);
        for (const token of tokens) hash = mixSeed(hash, token);
      }
    }
    return hash;
  });
  return hashes.map((hash) => hash.toString(16).padStart(8, '0')).join('');
}
