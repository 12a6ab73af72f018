/** Rows and reports of the second engine, made up. */
import type { VouchReport, VouchRow } from '../../src/engine/studio';

/** A row that both answer alike. */
export function vouchRowOf(line: number): VouchRow {
  const said = { text: `a${line}`, correct: true };
  const distance = { largest: 1e-6, mean: 1e-7, scale: 10 };
  return {
    ...{ line, question: `q${line}`, expected: `a${line}`, ours: said, second: said, distance, difference: undefined },
  };
}

export function vouchOf(rows: readonly VouchRow[]): VouchReport {
  const { length } = rows;
  return {
    ...{ model: 'model', form: 'fp32', runtime: 'onnxruntime', backend: 'wasm', rows, asked: length, leftOut: 0 },
    ...{ verdict: 'agrees', reasons: [], largest: 1e-6, mean: 1e-7, beyond: 0, sameAnswers: length, ties: 0 },
    ...{ correct: { ours: length, second: length }, milliseconds: { ours: 1, opening: 1, second: 1 } },
  };
}
