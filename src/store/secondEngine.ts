/** What a written model has for a second engine, and what such an engine can do on this machine. Pure functions. */
import { formFacts, modelFile } from '../engine/formats/onnx/forms';
import type { Exported, FolderSource, Gpu, OnnxForm } from './types';

const known = Object.keys(formFacts) as readonly OnnxForm[];

/** The forms of its ONNX, the most exact first. */
export function onnxFormsOf({ files }: Pick<Exported, 'files'>): readonly OnnxForm[] {
  const paths = new Set(files.map(({ path }) => path));
  return known.filter((form) => paths.has(`onnx/${modelFile(form)}`));
}

/** One written model in this visit; another one of the same name has another. */
export function exportKey({ where, name, saved }: Exported): string {
  return `${where}/${name}/${saved}`;
}

/** Why WebGPU cannot compute the form here: there is none, or its adapter has no 16-bit arithmetic. */
export function webgpuLacks(gpu: Gpu, form: OnnxForm): 'gpu' | 'half' | undefined {
  if (gpu.state !== 'open') return 'gpu';
  const half = formFacts[form].computed === 'float16';
  return half && !gpu.facts.features.includes('shader-f16') ? 'half' : undefined;
}

interface At {
  readonly path: string;
  readonly file: File;
}

/** Readers know files by their names: of two alike, the one nearer the top of the folder comes last and counts. */
export function sourceOf(name: string, files: readonly At[]): FolderSource {
  const depth = ({ path }: At): number => path.split('/').length;
  return { kind: 'files', name, files: files.toSorted((a, b) => depth(b) - depth(a)).map(({ file }) => file) };
}
