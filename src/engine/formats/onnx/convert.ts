/** Pieces of a checkpoint, bf16, as what lies beside an ONNX model. Little-endian, as every machine that browsers run on. */
import { type Rotary, rotaryTable } from '../../rotary';
import { StudioError } from '../../studioError';
import { bf16ToHalf, halfBits } from '../half';
import { inBlocks, type Pieces, widened, wordsOf } from '../pieces';
import { fourBitShape, quantizeRow } from './fourBits';

type Bytes = Uint8Array<ArrayBuffer>;

/** Counts the weights that fp16 could not hold exactly. */
export interface Tally {
  rounded: number;
}

export async function* singles(pieces: Pieces): AsyncGenerator<Bytes> {
  for await (const piece of inBlocks(pieces, 2)) yield bytesOf(widened(wordsOf(piece)));
}

/** Throws a StudioError `onnx-half-range` that names the tensor when a value is beyond fp16. */
export async function* halves(pieces: Pieces, name: string, tally: Tally): AsyncGenerator<Bytes> {
  for await (const piece of inBlocks(pieces, 2)) {
    const values = wordsOf(piece);
    const { half, rounded, first } = bf16ToHalf(values);
    if (first !== undefined) throw outside(name, widened(values.subarray(first, first + 1))[0]!);
    tally.rounded += rounded;
    yield bytesOf(half);
  }
}

function outside(tensor: string, value: number): StudioError {
  const message = `${tensor} holds ${value}, and fp16 ends at 65504; write the model as fp32.`;
  return new StudioError('onnx-half-range', message, { tensor, value: String(value) });
}

/** [outputs, inputs] as four bits: all packed weights as they come, then all scales, then all zero points. */
export async function* fourBits(pieces: Pieces, [outputs, inputs]: readonly [number, number]): AsyncGenerator<Bytes> {
  const { blocks, packed, zeroPoints } = fourBitShape(outputs, inputs);
  const [packedRow, zeroRow] = [packed[1] * packed[2], zeroPoints[1]];
  const scales = new Float32Array(outputs * blocks);
  const zeros = new Uint8Array(outputs * zeroRow);
  let done = 0;
  for await (const rows of inBlocks(pieces, 2 * inputs)) {
    const weights = widened(wordsOf(rows));
    const count = weights.length / inputs;
    const some = new Uint8Array(count * packedRow);
    for (let i = 0; i < count; i++, done++) {
      quantizeRow(weights.subarray(i * inputs, (i + 1) * inputs), {
        packed: some.subarray(i * packedRow, (i + 1) * packedRow),
        scales: scales.subarray(done * blocks, (done + 1) * blocks),
        zeroPoints: zeros.subarray(done * zeroRow, (done + 1) * zeroRow),
      });
    }
    yield some;
  }
  yield bytesOf(scales);
  yield zeros;
}

/** Positions at a time of a table: at most some megabytes. */
const BAND = 4096;

/** [context, headDim / 2] */
export function* rotaryHalf(
  { rotary, context, headDim }: { readonly rotary: Rotary; readonly context: number; readonly headDim: number },
  half: 'cosines' | 'sines',
  as: 'float32' | 'float16',
): Generator<Bytes> {
  const width = headDim / 2;
  for (let first = 0; first < context; first += BAND) {
    const count = Math.min(BAND, context - first);
    const table = rotaryTable(count, headDim, rotary, first);
    const values = new Float32Array(count * width);
    for (let i = 0; i < count; i++) {
      const from = i * headDim + (half === 'cosines' ? 0 : width);
      values.set(table.subarray(from, from + width), i * width);
    }
    yield bytesOf(as === 'float32' ? values : Uint16Array.from(values, halfBits));
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>): Bytes {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
