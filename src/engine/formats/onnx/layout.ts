/** Where every tensor lies: files beside the model, none longer than what a browser loads. */
import { StudioError } from '../../studioError';
import { dataFile, type OnnxForm } from './forms';
import { type Part, partBytes, storedBytes } from './graph';
import type { Initializer } from './proto';

/** onnxruntime-web does not load a file of 2 GiB or more. */
const MOST_BYTES = 2 ** 31 - 1;
/** Of cache lines: what is mapped into memory is aligned for any vector. */
const ALIGNMENT = 64;

export interface DataFile {
  readonly name: string;
  readonly parts: readonly { readonly part: Part; readonly offset: number }[];
  readonly bytes: number;
}

/**
 * The parts in their order, in files of at most `most` bytes; a part above that has a file of its own. Throws a StudioError
 * `onnx-tensor-too-large` for one that no file can hold.
 */
export function layOut(form: OnnxForm, parts: readonly Part[], most: number): DataFile[] {
  const files: { name: string; parts: { part: Part; offset: number }[]; bytes: number }[] = [];
  for (const part of parts) {
    const bytes = partBytes(part);
    if (bytes > MOST_BYTES) throw tooLarge(part, bytes);
    const last = files.at(-1);
    const offset = Math.ceil((last?.bytes ?? 0) / ALIGNMENT) * ALIGNMENT;
    if (last !== undefined && offset + bytes <= most) {
      last.parts.push({ part, offset });
      last.bytes = offset + bytes;
    } else {
      files.push({ name: dataFile(form, files.length), parts: [{ part, offset: 0 }], bytes });
    }
  }
  return files;
}

function tooLarge({ stored }: Part, bytes: number): StudioError {
  const tensor = stored[0]!.name;
  const gigabytes = (bytes / 1e9).toFixed(1);
  const message = `${tensor} takes ${gigabytes} GB in this form, and onnxruntime-web loads no file above 2.1 GB; write the model as fp16.`;
  return new StudioError('onnx-tensor-too-large', message, { tensor, gigabytes });
}

/** The tensors as the graph names them: those of one part lie one after the other. */
export function initializersOf(files: readonly DataFile[]): Initializer[] {
  return files.flatMap(({ name: file, parts }) =>
    parts.flatMap(({ part, offset }) => {
      let end = offset;
      return part.stored.map((tensor) => {
        const bytes = storedBytes(tensor);
        end += bytes;
        return { ...tensor, data: { file, offset: end - bytes, bytes } };
      });
    }),
  );
}
