/** In which forms a result lies in its folder, told by the names of the files there. */
import { isLegal } from '../formats/licence';
import type { Forms } from './facts';

/** `files` are paths in the folder, with `/` between folders. */
export function formsOf(files: readonly string[]): Forms {
  const names = (pattern: RegExp) => files.flatMap((file) => pattern.exec(file)?.slice(1) ?? []);
  return {
    safetensors: files.some((file) => /^[^/]+\.safetensors$/.test(file)),
    // `model.onnx` is in full precision; the others say theirs, as transformers.js looks for them.
    onnx: names(/^onnx\/model(?:_(\w+))?\.onnx$/).map((dtype) => dtype ?? 'fp32'),
    gguf: names(/^([^/]+\.gguf)$/),
    legal: files.filter(isLegal),
  };
}
