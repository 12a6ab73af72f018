/** A written model as the list of the page has it; its files are names with a byte each. */
import type { FileBelow } from '../../src/engine/formats/directory';
import type { Exported } from '../../src/store/types';

export function writtenModel(name: string, forms: readonly string[] = ['model.onnx', 'model_q4.onnx']): Exported {
  const paths = ['config.json', 'model.safetensors', ...forms.map((file) => `onnx/${file}`)];
  const files = paths.map((path) => ({ path, bytes: 1 }));
  return { name, where: 'browser', folder: folderOf(name, files), files, bytes: files.length, saved: 1 };
}

export async function exportFiles({ files }: Exported): Promise<readonly FileBelow[]> {
  return files.map(({ path }) => ({ path, file: new File(['.'], path.split('/').at(-1)!) }));
}

interface Listed {
  readonly path: string;
}

/** As much of a handle as listing needs. */
function folderOf(name: string, files: readonly Listed[]): FileSystemDirectoryHandle {
  const entries = async function* () {
    for (const { path } of files) yield [path, { kind: 'file', getFile: async () => new File(['.'], path) }];
  };
  return { kind: 'directory', name, entries } as unknown as FileSystemDirectoryHandle;
}
