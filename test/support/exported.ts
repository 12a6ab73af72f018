/** The demo pair as an exported folder: its files, and ONNX written from its weights, which a test may change on their way. */
import { writeOnnx } from '../../src/engine/formats/onnx/write';
import type { OutgoingModel } from '../../src/engine/formats/outgoing';
import { memorySink } from '../../src/engine/formats/sink';
import type { FolderSource, OnnxForm, Role } from '../../src/engine/studio';
import { demoModel } from './demoPair';
import { outgoingFolder } from './outgoing';

type Files = Extract<FolderSource, { kind: 'files' }>;

/** `change`: bits of a bf16 value by the name of its tensor. */
export type Change = (bits: number, tensor: string) => number;

export async function exportedModel(role: Role, form: OnnxForm, change?: Change): Promise<Files> {
  const source = demoModel(role) as Files;
  const model = await outgoingFolder(source);
  const sink = memorySink();
  await writeOnnx(sink, change ? changed(model, change) : model, form, () => {}, { version: 'test' });
  const onnx = [...sink.files].map(([path, blob]) => new File([blob], path.split('/').at(-1)!));
  return { ...source, files: [...source.files, ...onnx] };
}

function changed(model: OutgoingModel, change: Change): OutgoingModel {
  const tensors = model.tensors.map((tensor) => ({
    ...tensor,
    pieces: async function* () {
      for await (const bytes of tensor.pieces()) {
        const words = Uint16Array.from(new Uint16Array(bytes.slice().buffer), (bits) => change(bits, tensor.name));
        yield new Uint8Array(words.buffer);
      }
    },
  }));
  return { ...model, tensors };
}
