/** What the files about a run are written from: the run as it is kept, and what of it goes into the folder. */
import type { WholeRun } from '../runs/wholeRun';
import type { Artifact } from '../studio';
import type { Inputs } from './recipeFile';

/** Plain values all through: they cross to the worker as they are. */
export interface RunFacts extends WholeRun {
  /** Address of the recipe's JSON schema, where there is one. */
  readonly schema?: string | undefined;
  /** Paths of models and rows as they are seen from the folder; their names where it is missing. */
  readonly inputs?: Inputs | undefined;
}

/** In which forms a result lies in its folder. */
export interface Forms {
  readonly safetensors: boolean;
  /** As transformers.js calls them: `fp32`, `fp16`, `q4`. */
  readonly onnx: readonly string[];
  /** Names of files. */
  readonly gguf: readonly string[];
  /** Files of the base model's terms that lie beside it (`LICENSE`, `NOTICE`). */
  readonly legal: readonly string[];
}

/** What the card of a folder is about. */
export interface CardOf {
  readonly artifact: Artifact;
  readonly forms: Forms;
}

/** The card's name on the Hub. */
export const cardFile = 'README.md';

/** The two files of an adapter and nothing else. */
export const adapterForms: Forms = { safetensors: true, onnx: [], gguf: [], legal: [] };
