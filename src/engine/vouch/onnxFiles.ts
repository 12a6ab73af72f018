/** The files of a folder that make one form of its ONNX, found by their names; nothing is read. */
import { openFolder } from '../formats/folder';
import { dataFile, modelFile, type OnnxForm } from '../formats/onnx/forms';
import type { FolderSource } from '../studio';
import { StudioError } from '../studioError';

export interface NamedBlob {
  readonly name: string;
  readonly blob: Blob;
}

export interface OnnxFiles {
  /** The graph. */
  readonly model: NamedBlob;
  /** Weights beside it, in the order of their numbers; none where the graph holds them itself. */
  readonly data: readonly NamedBlob[];
}

/** Throws a StudioError `onnx-missing`. */
export async function onnxFiles(source: FolderSource, form: OnnxForm): Promise<OnnxFiles> {
  const name = modelFile(form);
  const folder = openFolder(inOnnx(source));
  const blob = await folder.optional(name);
  if (!blob) {
    const message = `The folder "${source.name}" has no onnx/${name}. Export the model as ONNX (${form}) first, or choose another form.`;
    throw new StudioError('onnx-missing', message, { folder: source.name, file: `onnx/${name}`, form });
  }
  const data: NamedBlob[] = [];
  for (;;) {
    const file = dataFile(form, data.length);
    const part = await folder.optional(file);
    if (!part) return { model: { name, blob }, data };
    data.push({ name: file, blob: part });
  }
}

/** Files that were picked are known by their names, wherever in the folder they lie. */
function inOnnx(source: FolderSource): FolderSource {
  return source.kind === 'url' ? { ...source, url: `${source.url.replace(/\/?$/, '/')}onnx/` } : source;
}
