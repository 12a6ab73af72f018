/** The smallest ONNX model there is of one matrix product, in protobuf's wire format (onnx.proto3, opset 17). */

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const number = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];

function bytes(field: number, content: Uint8Array | readonly number[]): Uint8Array {
  return joined([Uint8Array.from([...varint(field * 8 + 2), ...varint(content.length)]), Uint8Array.from(content)]);
}

const text = (field: number, value: string) => bytes(field, new TextEncoder().encode(value));

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const FLOAT = 1;

function valueInfo(field: number, name: string, shape: readonly number[]): Uint8Array {
  const dims = joined(shape.map((size) => bytes(1, number(1, size))));
  const tensor = joined([Uint8Array.from(number(1, FLOAT)), bytes(2, dims)]);
  return bytes(field, joined([text(1, name), bytes(2, bytes(1, tensor))]));
}

/** y [rows, columns] = x [rows, depth] · w, whose values [depth, columns] are part of the model. */
export function matmulModel(rows: number, depth: number, columns: number, w: Float32Array): Uint8Array {
  const raw = new Uint8Array(w.buffer, w.byteOffset, w.byteLength);
  const dims = [depth, columns].flatMap((size) => number(1, size));
  const weight = joined([Uint8Array.from([...dims, ...number(2, FLOAT)]), text(8, 'w'), bytes(9, raw)]);
  const node = joined([text(1, 'x'), text(1, 'w'), text(2, 'y'), text(4, 'MatMul')]);
  const graph = joined([
    ...[bytes(1, node), text(2, 'product'), bytes(5, weight)],
    ...[valueInfo(11, 'x', [rows, depth]), valueInfo(12, 'y', [rows, columns])],
  ]);
  const opset = bytes(8, number(2, 17));
  return joined([Uint8Array.from(number(1, 8)), opset, bytes(7, graph)]);
}
