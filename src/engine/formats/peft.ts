/** LoRA adapters as PEFT keeps them: `adapter_config.json` beside `adapter_model.safetensors`, names as PEFT gives them. */
import { MOST, parseJson, textWithin } from '../bounded';
import { StudioError } from '../studioError';
import { readFloats } from './floats';
import { blobSource, type Folder } from './folder';
import { parsePeftConfig } from './peftConfig';
import { openSafetensors, type TensorInfo, writeSafetensors } from './safetensors';

/** One module's pair: y += scale · (x Aᵀ) Bᵀ */
export interface LoraPair {
  readonly rank: number;
  readonly scale: number;
  /** [rank, inputs] */
  readonly a: Float32Array<ArrayBuffer>;
  /** [outputs, rank] */
  readonly b: Float32Array<ArrayBuffer>;
}

/** [outputs, inputs] of every module that an adapter can sit on, by its name in the model. */
export type Modules = ReadonlyMap<string, readonly [outputs: number, inputs: number]>;

const CONFIG = 'adapter_config.json';
const WEIGHTS = 'adapter_model.safetensors';
const PREFIX = 'base_model.model.';

/** An adapter as it was read. */
export interface PeftAdapter {
  readonly pairs: ReadonlyMap<string, LoraPair>;
  /** Dropout that it was trained with. */
  readonly dropout: number;
  /** The model it was trained on, if its config says so. */
  readonly baseModel: string | undefined;
}

/**
 * Reads an adapter that fits `modules`. Throws a StudioError: `adapter-files-missing`, `file-not-json`, `file-too-large`, `adapter-unsupported`,
 * `adapter-invalid`, `adapter-mismatch` (another model's), `safetensors-invalid`, `dtype-unsupported`.
 */
export async function readPeft(folder: Folder, modules: Modules): Promise<PeftAdapter> {
  await requireFiles(folder);
  const config = parsePeftConfig(await readConfig(folder));
  const source = blobSource(WEIGHTS, await folder.get(WEIGHTS));
  const { tensors } = await openSafetensors(source);
  const pairs = new Map<string, LoraPair>();
  for (const [module, [outputs, inputs]] of modules) {
    if (!config.targets(module)) continue;
    const rank = config.rank(module);
    const read = (part: 'A' | 'B', shape: readonly number[]) =>
      readFloats({ source, info: tensorOf(tensors, `${PREFIX}${module}.lora_${part}.weight`, shape) });
    const [a, b] = [await read('A', [rank, inputs]), await read('B', [outputs, rank])];
    pairs.set(module, { rank, scale: config.scale(module), a, b });
  }
  refuseStrangers([...tensors.keys()], pairs);
  return { pairs, dropout: config.dropout, baseModel: config.baseModel };
}

async function requireFiles(folder: Folder): Promise<void> {
  const found = await Promise.all([CONFIG, WEIGHTS].map(async (file) => ({ file, blob: await folder.optional(file) })));
  const files = found.flatMap(({ file, blob }) => (blob ? [] : [file])).join(', ');
  if (files === '') return;
  const message = `An adapter is the two files ${CONFIG} and ${WEIGHTS}; "${folder.name}" lacks ${files}.`;
  throw new StudioError('adapter-files-missing', message, { name: folder.name, files });
}

async function readConfig(folder: Folder): Promise<unknown> {
  try {
    return parseJson(await textWithin(await folder.get(CONFIG), CONFIG, MOST.config));
  } catch (error) {
    if (error instanceof StudioError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${CONFIG} of "${folder.name}" is not valid JSON: ${reason}.`;
    throw new StudioError('file-not-json', message, { model: folder.name, file: CONFIG, reason });
  }
}

function tensorOf(tensors: ReadonlyMap<string, TensorInfo>, name: string, shape: readonly number[]): TensorInfo {
  const info = tensors.get(name);
  if (!info) throw mismatch(name, 'it is not in the file');
  if (info.shape.join() === shape.join()) return info;
  throw mismatch(
    name,
    `its shape is [${info.shape.join(', ')}], and the model and the config ask for [${shape.join(', ')}]`,
  );
}

/** A tensor that nothing asks for would be dropped without a word. */
function refuseStrangers(names: readonly string[], pairs: ReadonlyMap<string, LoraPair>): void {
  const known = new Set([...pairs.keys()].flatMap((module) => ['A', 'B'].map((part) => keyOf(module, part))));
  const stranger = names.find((name) => !known.has(name));
  if (stranger !== undefined) throw mismatch(stranger, 'the model has no such module, or the config does not name it');
  if (pairs.size === 0) throw mismatch(CONFIG, 'its target_modules name no module of the model');
}

function keyOf(module: string, part: string): string {
  return `${PREFIX}${module}.lora_${part}.weight`;
}

function mismatch(tensor: string, reason: string): StudioError {
  const message = `The adapter does not fit the model: ${tensor}: ${reason}.`;
  return new StudioError('adapter-mismatch', message, { tensor, reason });
}

export interface AdapterFacts {
  /** What most modules have; what differs goes into the patterns. */
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  /** Name or path of the model it was trained on. */
  readonly baseModel: string;
}

/** The two files of an adapter. */
export function writePeft(
  pairs: ReadonlyMap<string, LoraPair>,
  modules: Modules,
  facts: AdapterFacts,
): ReadonlyMap<string, Blob> {
  const tensors = [...pairs].flatMap(([module, { rank, a, b }]) => {
    const [outputs, inputs] = modules.get(module) ?? [0, 0];
    return [
      { name: keyOf(module, 'A'), dtype: 'F32', shape: [rank, inputs], data: bytesOf(a) },
      { name: keyOf(module, 'B'), dtype: 'F32', shape: [outputs, rank], data: bytesOf(b) },
    ];
  });
  return new Map([
    [CONFIG, new Blob([`${JSON.stringify(configOf(pairs, modules, facts), null, 2)}\n`])],
    [WEIGHTS, writeSafetensors(tensors)],
  ]);
}

function configOf(pairs: ReadonlyMap<string, LoraPair>, modules: Modules, facts: AdapterFacts) {
  const { rank, alpha, dropout, baseModel } = facts;
  const ranks = [...pairs].map(([module, pair]) => [module, pair.rank] as const);
  const alphas = [...pairs].map(([module, pair]) => [module, alphaOf(pair)] as const);
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: baseModel,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: dropout,
    target_modules: targetNames([...pairs.keys()], [...modules.keys()]),
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    modules_to_save: null,
    rank_pattern: Object.fromEntries(ranks.filter(([, own]) => own !== rank)),
    alpha_pattern: Object.fromEntries(alphas.filter(([, own]) => own !== alpha)),
    use_dora: false,
    use_rslora: false,
  };
}

/** alpha = scale · rank, the rounding of the product taken off again. */
function alphaOf({ rank, scale }: LoraPair): number {
  return Number((scale * rank).toPrecision(12));
}

/** The last parts of the names where they say it all, else the whole names. */
function targetNames(adapted: readonly string[], all: readonly string[]): string[] {
  const lastPart = (module: string) => module.slice(module.lastIndexOf('.') + 1);
  const names = [...new Set(adapted.map(lastPart))];
  const meant = all.filter((module) => names.includes(lastPart(module)));
  return meant.length === adapted.length ? names : [...adapted];
}

function bytesOf(values: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
