/** A model as ONNX for transformers.js and onnxruntime: the graph in one file, the weights streamed into files beside it. */
import type { ModelConfig } from '../../model/config';
import { StudioError } from '../../studioError';
import type { OutgoingModel, WriteProgress } from '../outgoing';
import { type Sink, writeFile } from '../sink';
import { fourBits, halves, rotaryHalf, singles, type Tally } from './convert';
import { decoderGraph } from './decoder';
import { modelFile, type OnnxForm } from './forms';
import { type Part, partBytes } from './graph';
import { type DataFile, initializersOf, layOut } from './layout';
import { encodeModel } from './proto';

export interface OnnxOptions {
  /** Of the software, as the file's producer. */
  readonly version: string;
  /** Most bytes of a file of weights; a tensor above it has a file of its own. */
  readonly most?: number;
}

export interface WrittenOnnx {
  readonly form: OnnxForm;
  /** Paths below the sink, the graph last. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Weights that fp16 could not hold exactly: below 2⁻¹⁴, now off by at most 2⁻²⁵. */
  readonly rounded: number;
}

const FOLDER = 'onnx';
const MOST_BYTES = 2 ** 30;

/** Heads that onnxruntime's GroupQueryAttention can turn by their positions. */
const HEAD_STEP = 16;

interface Plan {
  readonly graph: Uint8Array<ArrayBuffer>;
  readonly data: readonly DataFile[];
  readonly total: number;
}

/**
 * Writes `onnx/model….onnx_data`, more of them if need be, and then `onnx/model….onnx`. `progress` is told the bytes of all
 * files. Throws a StudioError before anything is written, `onnx-head-size` or `onnx-tensor-too-large`, and on the way
 * `onnx-half-range` when a weight is beyond fp16.
 */
export async function writeOnnx(
  sink: Sink,
  model: OutgoingModel,
  form: OnnxForm,
  progress: WriteProgress,
  options: OnnxOptions,
): Promise<WrittenOnnx> {
  const { graph, data, total } = planOf(model.config, form, options);
  const tally: Tally = { rounded: 0 };
  let done = 0;
  const count = (bytes: number): void => {
    done += bytes;
    progress(done, total);
  };
  const files = [];
  for (const file of data) {
    const path = `${FOLDER}/${file.name}`;
    await writeFile(sink, path, fileBytes(model, file, tally, count));
    files.push({ path, bytes: file.bytes });
  }
  const path = `${FOLDER}/${modelFile(form)}`;
  await writeFile(sink, path, [graph]);
  count(graph.length);
  return { form, files: [...files, { path, bytes: graph.length }], rounded: tally.rounded };
}

/** Bytes of all files that `writeOnnx` will write. Throws a StudioError as it does before it writes. */
export function onnxBytes(config: ModelConfig, form: OnnxForm, options: OnnxOptions): number {
  return planOf(config, form, options).total;
}

function planOf(config: ModelConfig, form: OnnxForm, { version, most = MOST_BYTES }: OnnxOptions): Plan {
  if (config.headDim % HEAD_STEP !== 0) throw headSize(config.headDim);
  const { parts, constants, ...graph } = decoderGraph(config, form);
  const data = layOut(form, parts, most);
  const encoded = encodeModel({
    ...graph,
    initializers: [...constants, ...initializersOf(data)],
    producerVersion: version,
    name: config.architecture,
    description: describe(config, form),
  });
  return { graph: encoded, data, total: data.reduce((sum, { bytes }) => sum + bytes, encoded.length) };
}

function headSize(headDim: number): StudioError {
  const message = `The model’s heads have ${headDim} values each; onnxruntime’s attention takes multiples of ${HEAD_STEP}, so this model cannot be written as ONNX.`;
  return new StudioError('onnx-head-size', message, { headDim, step: HEAD_STEP });
}

function describe({ architecture, layers, hidden, heads, kvHeads, vocabulary, tied }: ModelConfig, form: OnnxForm) {
  const head = tied ? 'head tied to the embedding' : 'head of its own';
  return `${architecture} in ${form}: ${layers} layers of ${hidden}, ${heads} heads on ${kvHeads}, ${vocabulary} tokens, ${head}.`;
}

/** The parts with the gaps between them. */
async function* fileBytes(model: OutgoingModel, { parts }: DataFile, tally: Tally, count: (bytes: number) => void) {
  let at = 0;
  const counted = (piece: Uint8Array<ArrayBuffer>) => {
    at += piece.length;
    count(piece.length);
    return piece;
  };
  for (const { part, offset } of parts) {
    if (at < offset) yield counted(new Uint8Array(offset - at));
    for await (const piece of piecesOf(model, part, tally)) yield counted(piece);
    const end = offset + partBytes(part);
    if (at !== end) throw new Error(`${part.stored[0]!.name}: it should end at ${end}, but ends at ${at}`);
  }
}

function piecesOf({ config, tensors }: OutgoingModel, { source }: Part, tally: Tally) {
  if (source.kind === 'rotary') return rotaryHalf(config, source.half, source.as);
  const tensor = tensors.find(({ name }) => name === source.name);
  if (tensor === undefined) throw new Error(`${source.name} is not among the tensors`);
  if (source.as === 'float32') return singles(tensor.pieces());
  if (source.as === 'float16') return halves(tensor.pieces(), tensor.name, tally);
  const [outputs = 0, inputs = 0] = tensor.shape;
  return fourBits(tensor.pieces(), [outputs, inputs]);
}
