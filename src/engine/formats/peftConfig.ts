/** PEFT's `adapter_config.json`: which modules have an adapter, of which rank and scale. Read as PEFT reads it. */
import { compilePattern, type Pattern } from '../pattern';
import { StudioError, shorten, shown } from '../studioError';

export interface PeftConfig {
  /** Whether the module of this name (`model.layers.0.self_attn.q_proj`) has an adapter. */
  readonly targets: (module: string) => boolean;
  readonly rank: (module: string) => number;
  /** What B·A is multiplied by: alpha / rank, or alpha / √rank with rsLoRA. */
  readonly scale: (module: string) => number;
  /** Dropout that it was trained with; 0 where the file does not say. */
  readonly dropout: number;
  /** The model it was trained on, if the file says so. */
  readonly baseModel: string | undefined;
}

/** Several times what adapters have: one name for every module of a model, and a handful of patterns. */
const MOST_NAMES = 5000;
const MOST_WILD = 50;
const MOST_PATTERN = 2000;
/** Characters of all patterns of a field, and parts that each repeats: every module is compared with every one. */
const [MOST_WILD_TEXT, MOST_COPIES] = [4000, 20];

type Json = Readonly<Record<string, unknown>>;

/** Fields that change what an adapter computes or holds, and the value with which they do not. */
const mustBe: readonly (readonly [field: string, plain: unknown])[] = [
  ['use_dora', false],
  ['bias', 'none'],
  ['lora_bias', false],
  ['fan_in_fan_out', false],
  ['modules_to_save', null],
  ['layers_to_transform', null],
  ['layer_replication', null],
  ['exclude_modules', null],
  ['trainable_token_indices', null],
  ['target_parameters', null],
  ['megatron_config', null],
  ['alora_invocation_tokens', null],
  ['arrow_config', null],
  ['use_qalora', false],
  ['use_bdlora', null],
  ['kasa_config', null],
  ['monteclora_config', null],
  ['velora_config', null],
];

/** Throws a StudioError `adapter-unsupported` with the `field`, or `adapter-invalid`. */
export function parsePeftConfig(json: unknown): PeftConfig {
  if (!isObject(json)) throw invalid('(the whole file)', 'it is not a JSON object');
  if (json.peft_type !== 'LORA') throw unsupported('peft_type', json.peft_type, 'LORA');
  for (const [field, plain] of mustBe) {
    if (!isPlain(json[field], plain)) throw unsupported(field, json[field], plain);
  }
  const [rank, alpha] = [size(json, 'r'), positive(json.lora_alpha, 'lora_alpha')];
  const rankOf = byPattern(json, 'rank_pattern', rank);
  const alphaOf = byPattern(json, 'alpha_pattern', alpha);
  const root = json.use_rslora === true;
  return {
    targets: targetsOf(json.target_modules),
    rank: rankOf,
    scale: (module) => alphaOf(module) / (root ? Math.sqrt(rankOf(module)) : rankOf(module)),
    dropout: dropoutOf(json.lora_dropout),
    baseModel: typeof json.base_model_name_or_path === 'string' ? json.base_model_name_or_path : undefined,
  };
}

/** Absent, empty, or exactly the value that changes nothing. */
function isPlain(value: unknown, plain: unknown): boolean {
  if (value === undefined || value === null || value === plain) return true;
  return plain === null && (value === false || (Array.isArray(value) && value.length === 0));
}

/** A list names modules by their last parts; a text is a regular expression for the whole name. */
function targetsOf(value: unknown): (module: string) => boolean {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    if (value.length > MOST_NAMES)
      throw invalid('target_modules', `it has ${value.length} names, more than any adapter`);
    return (module) => value.some((target) => module === target || module.endsWith(`.${target}`));
  }
  if (value === 'all-linear') return (module) => /\.(self_attn|mlp)\./.test(module);
  if (typeof value !== 'string') throw invalid('target_modules', 'it must be a list of names or a regular expression');
  const whole = expression('target_modules', `^(?:${value})$`);
  return (module) => whole.test(module);
}

/** The value of the first pattern that ends the module's name, else `preset`. */
function byPattern(json: Json, field: string, preset: number): (module: string) => number {
  const patterns = json[field] ?? {};
  if (!isObject(patterns)) throw invalid(field, 'it must be an object of patterns');
  const entries = Object.entries(patterns);
  const wild = entries.flatMap(([pattern]) => (isName(pattern) ? [] : pattern));
  if (entries.length > MOST_NAMES || wild.length > MOST_WILD)
    throw invalid(field, `it has ${entries.length} patterns, more than any adapter`);
  if (wild.reduce((sum, pattern) => sum + pattern.length, 0) > MOST_WILD_TEXT)
    throw invalid(field, `its patterns are longer than ${MOST_WILD_TEXT} characters together`);
  const rules = entries.map(([pattern, value]) => ({
    ends: isName(pattern) ? nameEnds(pattern) : expression(field, `^(?:.*\\.)?(?:${pattern})$`, MOST_COPIES),
    value: field === 'rank_pattern' ? size({ [field]: value }, field) : positive(value, field),
  }));
  return (module) => rules.find(({ ends }) => ends.test(module))?.value ?? preset;
}

/** Most patterns are names; a dot in one stands for any character, which a dot is. */
function isName(pattern: string): boolean {
  return /^[\w.]+$/.test(pattern);
}

function nameEnds(pattern: string): Pattern {
  return new RegExp(`(?:^|\\.)${pattern}$`);
}

/** Python's `re` is where it is meant for; what both languages share is all that such names need. */
function expression(field: string, pattern: string, copies?: number): Pattern {
  try {
    if (pattern.length > MOST_PATTERN) throw new SyntaxError(`it is longer than ${MOST_PATTERN} characters`);
    return compilePattern(pattern, '', copies);
  } catch (error) {
    const reason = shorten(error instanceof Error ? error.message : String(error));
    throw invalid(field, `"${shorten(pattern)}" is not a regular expression (${reason})`);
  }
}

function size(json: Json, field: string): number {
  const value = json[field];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw invalid(field, `it must be a whole number above 0, but it is ${shown(value)}`);
}

function positive(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw invalid(field, `it must be a number above 0, but it is ${shown(value)}`);
}

function dropoutOf(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number' && value >= 0 && value < 1) return value;
  throw invalid('lora_dropout', `it must be a number from 0 to below 1, but it is ${shown(value)}`);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unsupported(field: string, found: unknown, plain: unknown): StudioError {
  const [is, known] = [shown(found), shown(plain)];
  const message = `The adapter cannot be used: its "${field}" is ${is}, and the studio computes only ${known}.`;
  return new StudioError('adapter-unsupported', message, { field, found: is, known });
}

function invalid(field: string, reason: string): StudioError {
  const message = `adapter_config.json cannot be used because of "${field}": ${reason}.`;
  return new StudioError('adapter-invalid', message, { field, reason });
}
