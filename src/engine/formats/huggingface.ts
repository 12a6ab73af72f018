/** A Hugging Face model folder, by address or as dropped files: config, tokenizer files, and where each weight is. */
import { MOST, parseJson, textWithin, within } from '../bounded';
import { type ModelConfig, parseConfig } from '../model/config';
import { expectedTensors } from '../model/tensors';
import type { FolderSource, ModelOrigin } from '../studio';
import { StudioError, shorten } from '../studioError';
import { supportedDtypes } from './elements';
import { blobSource, type Folder, openFolder } from './folder';
import { indexFile, indexInvalid, shardsOf, smallFiles, weightsFile } from './layout';
import { isLegal } from './licence';
import { originOf } from './origin';
import { type ByteSource, openSafetensors, type TensorInfo } from './safetensors';

export interface WeightLocation {
  readonly source: ByteSource;
  readonly info: TensorInfo;
}

export interface ModelFolder {
  readonly name: string;
  readonly config: ModelConfig;
  /** Parsed, for `createTokenizer`. */
  readonly tokenizerJson: unknown;
  readonly tokenizerConfig: unknown;
  /** By checkpoint name. Every tensor that the config asks for is here, with the right shape and a dtype that can be read. */
  readonly weights: ReadonlyMap<string, WeightLocation>;
  /** The small files beside the weights, as they are: config, whatever belongs to the tokenizer, licence and notices. */
  readonly files: ReadonlyMap<string, Blob>;
  readonly origin: ModelOrigin;
}

/**
 * Opens a model and checks it before anything goes to the GPU. Throws a StudioError: `files-missing`, `fetch-failed`,
 * `file-not-json`, `file-too-large`, `safetensors-invalid`, `index-invalid`, `tensor-missing`, `tensor-unused`, `tensor-shape`,
 * `dtype-unsupported`, or what `parseConfig` throws.
 */
export async function openModelFolder(source: FolderSource): Promise<ModelFolder> {
  const folder = openFolder(source);
  folder.require(['config.json', 'tokenizer.json', 'tokenizer_config.json', [weightsFile, indexFile]]);
  const generation = await folder.optional('generation_config.json');
  const config = parseConfig(
    await json(folder, 'config.json'),
    generation && (await parse(source.name, 'generation_config.json', generation)),
  );
  const tokenizerJson = await json(folder, 'tokenizer.json');
  const tokenizerConfig = await readTokenizerConfig(folder);
  const weights = await openWeights(folder);
  checkWeights(source.name, config, weights);
  const [files, origin] = [await readSmallFiles(folder), await originOf(folder)];
  return { name: source.name, config, tokenizerJson, tokenizerConfig, weights, files, origin };
}

async function readSmallFiles(folder: Folder): Promise<Map<string, Blob>> {
  const found = await Promise.all(
    [...smallFiles, ...folder.names().filter(isLegal)].map(async (name) => {
      const blob = await folder.optional(name);
      // Copied: what is saved hours later must not depend on a file that may be gone by then.
      if (!blob) return [];
      return [[name, new Blob([await within(blob, name, sizeFor(name)).arrayBuffer()])] as const];
    }),
  );
  return new Map(found.flat());
}

async function json(folder: Folder, file: string): Promise<unknown> {
  return parse(folder.name, file, await folder.get(file));
}

async function parse(model: string, file: string, blob: Blob): Promise<unknown> {
  try {
    return parseJson(await textWithin(blob, file, sizeFor(file)));
  } catch (error) {
    if (error instanceof StudioError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StudioError('file-not-json', `${file} of the model "${model}" is not valid JSON: ${reason}.`, {
      model,
      file,
      reason,
    });
  }
}

function sizeFor(file: string): number {
  if (file === indexFile) return MOST.index;
  if (isLegal(file)) return MOST.card;
  return /config\.json$/.test(file) ? MOST.config : MOST.tokenizer;
}

/** Newer exports keep the chat template in a file of its own. */
async function readTokenizerConfig(folder: Folder): Promise<unknown> {
  const config = await json(folder, 'tokenizer_config.json');
  if (typeof config !== 'object' || config === null || 'chat_template' in config) return config;
  const template = await folder.optional('chat_template.jinja');
  return template ? { ...config, chat_template: await textWithin(template, 'chat_template.jinja', MOST.card) } : config;
}

async function openWeights(folder: Folder): Promise<Map<string, WeightLocation>> {
  const single = await folder.optional(weightsFile);
  if (single) return openFile(weightsFile, single);
  const shards = shardsOf(folder.name, await json(folder, indexFile));
  folder.require(shards);
  const weights = new Map<string, WeightLocation>();
  for (const shard of shards) {
    for (const [name, location] of await openFile(shard, await folder.get(shard))) {
      const other = weights.get(name)?.source.name;
      if (other) throw indexInvalid(folder.name, `"${shorten(name)}" is in two of its files, ${other} and ${shard}`);
      weights.set(name, location);
    }
  }
  return weights;
}

async function openFile(name: string, blob: Blob): Promise<Map<string, WeightLocation>> {
  const source = blobSource(name, blob);
  const { tensors } = await openSafetensors(source);
  return new Map([...tensors].map(([tensor, info]) => [tensor, { source, info }]));
}

function checkWeights(model: string, config: ModelConfig, weights: ReadonlyMap<string, WeightLocation>): void {
  const expected = expectedTensors(config);
  const missing = [...expected.keys()].filter((name) => !weights.has(name));
  if (missing.length > 0) throw tensorMissing(model, missing);
  for (const [tensor, { source }] of weights) {
    if (!expected.has(tensor) && computed(tensor)) throw tensorUnused(source.name, tensor);
  }
  for (const [tensor, shape] of expected) {
    const { info, source } = weights.get(tensor)!;
    if (shape.join() !== info.shape.join()) throw tensorShape(source.name, tensor, shape, info.shape);
    if (!supportedDtypes.has(info.dtype)) {
      const message = `${tensor} in ${source.name} has the type ${info.dtype}; the studio reads ${[...supportedDtypes].join(', ')}.`;
      throw new StudioError('dtype-unsupported', message, { file: source.name, tensor, dtype: info.dtype });
    }
  }
}

/** Tensors that change what a model says; a head beside a tied one and tables of positions do not. */
function computed(tensor: string): boolean {
  return tensor.startsWith('model.') && !tensor.endsWith('.rotary_emb.inv_freq');
}

function tensorUnused(file: string, tensor: string): StudioError {
  const message = `${file} holds ${shorten(tensor)}, which config.json does not ask for: without it, the model would answer otherwise.`;
  return new StudioError('tensor-unused', message, { file, tensor: shorten(tensor) });
}

function tensorMissing(model: string, missing: readonly string[]): StudioError {
  const more = missing.length > 1 ? ` and ${missing.length - 1} more` : '';
  const message = `The weights of the model "${model}" lack ${missing[0]}${more}, which config.json asks for.`;
  return new StudioError('tensor-missing', message, { model, tensor: missing[0]!, missing: missing.length });
}

function tensorShape(file: string, tensor: string, expected: readonly number[], found: readonly number[]): StudioError {
  const [wanted, got] = [`[${expected.join(', ')}]`, `[${found.join(', ')}]`];
  const message = `${tensor} in ${file} has the shape ${got}, but config.json asks for ${wanted}.`;
  return new StudioError('tensor-shape', message, { file, tensor, expected: wanted, found: got });
}
