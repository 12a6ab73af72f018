/** A model as the folder that is taken home: safetensors, the other forms that are wished, and the files that go with them. */
import { version } from '../version';
import type { Form } from './forms';
import { type GgufFacts, type GgufForm, planGguf, writeGguf } from './gguf/gguf';
import type { OnnxForm } from './onnx/forms';
import { withTemplate, withTransformersJs } from './onnx/transformersJs';
import { onnxBytes, type WrittenOnnx, writeOnnx } from './onnx/write';
import type { OutgoingModel, WriteProgress } from './outgoing';
import { checkpointBytes, writeCheckpoint } from './shards';
import { type Sink, writeFile } from './sink';

export interface FolderChoice {
  /** Bytes of a file of safetensors at most. */
  readonly shardBytes?: number | undefined;
  /** Beside safetensors. */
  readonly forms?: readonly Form[] | undefined;
  /** Of the model and what it is made of, in its files. */
  readonly facts: GgufFacts;
  /** What is written about it once its weights are there: paths and contents. */
  readonly about?: () => Iterable<{ readonly path: string; readonly bytes: Uint8Array<ArrayBuffer> }>;
}

/** One form of the weights: how large, and what writes it. */
interface Part {
  readonly bytes: number;
  readonly write: (progress: WriteProgress) => Promise<void>;
}

/**
 * The config is written last: a folder without one was not written to its end. Throws a StudioError before anything is
 * written when a form cannot hold this model, and what the writers of the forms throw.
 */
export async function writeModelFolder(
  sink: Sink,
  model: OutgoingModel,
  choice: FolderChoice,
  progress: WriteProgress = () => {},
): Promise<void> {
  const onnx: WrittenOnnx[] = [];
  const parts = [checkpoint(sink, model, choice)];
  for (const form of choice.forms ?? []) parts.push(await partOf(sink, model, form, choice.facts, onnx));
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  for (const { bytes, write } of parts) {
    const start = before;
    await write((done) => progress(start + done, total));
    before += bytes;
  }
  for (const [name, blob] of onnx.length > 0 ? await withTemplate(model.files) : model.files)
    if (name !== 'config.json') await writeFile(sink, name, [new Uint8Array(await blob.arrayBuffer())]);
  for (const { path, bytes } of choice.about?.() ?? []) await writeFile(sink, path, [bytes]);
  await writeConfig(sink, model, onnx);
}

function checkpoint(sink: Sink, { tensors }: OutgoingModel, { shardBytes }: FolderChoice): Part {
  return {
    bytes: checkpointBytes(tensors),
    write: (progress) => writeCheckpoint(sink, tensors, shardBytes, progress),
  };
}

const writers: Readonly<Record<Form, { readonly onnx: OnnxForm } | { readonly gguf: GgufForm }>> = {
  'onnx-fp32': { onnx: 'fp32' },
  'onnx-fp16': { onnx: 'fp16' },
  'onnx-q4': { onnx: 'q4' },
  'gguf-f16': { gguf: 'f16' },
  'gguf-bf16': { gguf: 'bf16' },
  'gguf-q8_0': { gguf: 'q8_0' },
};

/** `written` is told the ONNX files, which the config names. */
async function partOf(
  sink: Sink,
  model: OutgoingModel,
  form: Form,
  facts: GgufFacts,
  written: WrittenOnnx[],
): Promise<Part> {
  const writer = writers[form];
  if ('onnx' in writer) {
    const write: Part['write'] = async (progress) => {
      written.push(await writeOnnx(sink, model, writer.onnx, progress, { version }));
    };
    return { bytes: onnxBytes(model.config, writer.onnx, { version }), write };
  }
  const { bytes } = await planGguf(model, writer.gguf, facts);
  return {
    bytes,
    write: async (progress) => void (await writeGguf(sink, model, writer.gguf, facts, progress)),
  };
}

async function writeConfig(sink: Sink, { files }: OutgoingModel, onnx: readonly WrittenOnnx[]): Promise<void> {
  const config: Record<string, unknown> = JSON.parse(await files.get('config.json')!.text());
  const written = withTransformersJs(inBf16(config), onnx);
  await writeFile(sink, 'config.json', [new TextEncoder().encode(`${JSON.stringify(written, null, 2)}\n`)]);
}

/** The weights are written in bf16, whatever type they came in; everything else in the config stays as it is. */
function inBf16(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const field = 'dtype' in config ? 'dtype' : 'torch_dtype';
  return { ...config, [field]: 'bfloat16' };
}
