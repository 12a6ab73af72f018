/** A model that a person loaded: tokenizer, base weights, and what the stages have made of it so far. */
import { type ChatTokenizer, createTokenizer } from '../data/tokenizer';
import { openModelFolder } from '../formats/huggingface';
import { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import { withMemoryCheck } from '../gpu/memory';
import { type Lookout, lookedAfter, noLookout, openingOf } from '../lookout';
import type { FolderSource, ModelInfo, ModelOrigin } from '../studio';
import { StudioError } from '../studioError';
import type { LoraAdapter } from './lora';
import { parameterCount } from './tensors';
import { loadWeights, type Model } from './weights';

/** Something on the GPU and the arena that holds it. */
export interface Held<T> {
  readonly value: T;
  readonly arena: Arena;
}

export interface TrainedAdapter extends Held<LoraAdapter> {
  /** Optimizer steps it has learnt for. */
  steps: number;
  /** Dropout that it is trained with. */
  readonly dropout: number;
}

/** What an adapter is trained for; `control` is the student's SFT. */
export type Trained = 'sft' | 'distill' | 'control';

export interface LoadedModel {
  readonly base: Model;
  readonly tokenizer: ChatTokenizer;
  readonly info: ModelInfo;
  readonly arena: Arena;
  /** Config and tokenizer files, to go with what is written. */
  readonly files: ReadonlyMap<string, Blob>;
  /** Trained adapters by what they were trained for. */
  readonly adapters: Map<Trained, TrainedAdapter>;
  /** An adapter from elsewhere, which training starts from. Never trained itself. */
  initial: TrainedAdapter | undefined;
  merged: Held<Model> | undefined;
}

/**
 * Opens, checks and uploads a model folder. `known` is what is known of its origin beside the files in it; `lookout`
 * looks after its tokenizer. Throws a
 * StudioError; everything taken on the GPU is given back then.
 */
export async function loadModel(
  gpu: Gpu,
  source: FolderSource,
  known?: ModelOrigin,
  lookout: Lookout = noLookout,
): Promise<LoadedModel> {
  const folder = await openModelFolder(source);
  const { config } = folder;
  const { name, tokenizerJson, tokenizerConfig } = folder;
  const made = lookout.during(openingOf(name), () => createTokenizer(tokenizerJson, tokenizerConfig));
  const tokenizer = lookedAfter(made, name, lookout);
  if (tokenizer.vocabularySize > config.vocabulary) {
    const message =
      `The tokenizer of "${folder.name}" has ${tokenizer.vocabularySize} tokens, ` +
      `more than the ${config.vocabulary} rows of the model's embedding: they do not belong together.`;
    const detail = { model: folder.name, tokens: tokenizer.vocabularySize, vocabulary: config.vocabulary };
    throw new StudioError('tokenizer-too-large', message, detail);
  }
  const arena = new Arena(gpu.device, folder.name);
  try {
    const refused = (reason: string) => outOfMemory(folder.name, reason);
    const weights = await withMemoryCheck(gpu.device, refused, () => loadWeights(gpu, arena, folder));
    const { architecture, layers, hidden, heads, kvHeads, vocabulary, context } = config;
    const { files, origin } = folder;
    const sizes = { architecture, layers, hidden, heads, kvHeads, vocabulary, context };
    const info = {
      name: folder.name,
      ...sizes,
      parameters: parameterCount(config),
      bytes: arena.bytes,
      origin: known ?? origin,
    };
    const trained = { adapters: new Map(), initial: undefined, merged: undefined };
    return { base: { config, weights }, tokenizer, info, arena, files, ...trained };
  } catch (error) {
    arena.destroy();
    throw error;
  }
}

/** Frees one result of a stage before it is made anew. */
export function discard(model: LoadedModel, what: Trained | 'merged'): void {
  if (what === 'merged') {
    model.merged?.arena.destroy();
    model.merged = undefined;
    return;
  }
  model.adapters.get(what)?.arena.destroy();
  model.adapters.delete(what);
}

/** Frees everything that stages have made of a model. */
export function discardTrained(model: LoadedModel): void {
  for (const what of ['sft', 'distill', 'control', 'merged'] as const) discard(model, what);
}

/** The adapter as it stands: trained here, or the one that training would start from, with 0 steps. */
export function adapterFor(model: LoadedModel | undefined, what: Trained): TrainedAdapter | undefined {
  // The control run is there to be compared with: it has no result before it has run.
  return model?.adapters.get(what) ?? (what === 'control' ? undefined : model?.initial);
}

export function unload(model: LoadedModel): void {
  discardTrained(model);
  model.initial?.arena.destroy();
  model.arena.destroy();
}

function outOfMemory(model: string, reason: string): StudioError {
  const message = `The graphics card has not enough memory for the model "${model}" (${reason}).`;
  return new StudioError('out-of-memory', message, { model, reason });
}
