/** A model as one GGUF file, for llama.cpp and what is built on it. */
import type { OutgoingModel, WriteProgress } from '../outgoing';
import { type Sink, writeFile } from '../sink';
import { ggufHeader, padding, tensorBytes } from './container';
import { type GgufFacts, modelMetadata } from './metadata';
import { type GgufForm, type GgufTensor, ggufTensors } from './tensors';
import { tokenizerMetadata } from './tokenizer';

export type { GgufFacts } from './metadata';
export type { GgufForm } from './tensors';

/** A file that is not written yet. */
export interface GgufPlan {
  /** `<name>-F16.gguf` */
  readonly file: string;
  readonly bytes: number;
  readonly header: Uint8Array<ArrayBuffer>;
  readonly tensors: readonly GgufTensor[];
}

/** What would be written: no weight is read. Throws a StudioError: `gguf-architecture`, `gguf-tokenizer`. */
export async function planGguf(model: OutgoingModel, form: GgufForm, facts: GgufFacts): Promise<GgufPlan> {
  const tensors = ggufTensors(model, form);
  const metadata = [...modelMetadata(model.config, form, facts), ...(await tokenizerMetadata(model))];
  const header = ggufHeader(metadata, tensors);
  const bytes = tensors.reduce(
    (sum, tensor) => sum + tensorBytes(tensor) + padding(tensorBytes(tensor)),
    header.length,
  );
  return { file: `${facts.name.replace(/[\s/\\:]+/g, '-')}-${form.toUpperCase()}.gguf`, bytes, header, tensors };
}

/**
 * Writes the model piece by piece; the file is whole or not there. Throws a StudioError as `planGguf`, or `gguf-overflow`
 * when a weight is too large for the form.
 */
export async function writeGguf(
  sink: Sink,
  model: OutgoingModel,
  form: GgufForm,
  facts: GgufFacts,
  progress: WriteProgress = () => {},
): Promise<{ readonly file: string; readonly bytes: number }> {
  const plan = await planGguf(model, form, facts);
  await writeFile(sink, plan.file, content(plan, progress));
  return { file: plan.file, bytes: plan.bytes };
}

async function* content({ header, tensors }: GgufPlan, progress: WriteProgress) {
  const total = tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
  let done = 0;
  yield header;
  for (const tensor of tensors) {
    const [start, bytes] = [done, tensorBytes(tensor)];
    for await (const piece of tensor.pieces()) {
      yield piece;
      done += piece.length;
      progress(done, total);
    }
    if (done - start !== bytes) throw new Error(`${tensor.name}: ${done - start} bytes were written, not ${bytes}`);
    yield new Uint8Array(padding(bytes));
  }
}
