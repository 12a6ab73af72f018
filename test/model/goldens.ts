/**
 * The PyTorch goldens for the model tests: test/fixtures/goldens/README.md says what each name holds.
 * Parses safetensors by itself, so that a fault in the engine's own reader cannot hide behind these numbers.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../fixtures/goldens');

export type ModelKind = 'teacher' | 'student';

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

export interface GoldenRow {
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
}

/** Means over the label tokens; divergences at the temperature and times its square. */
export interface StudentLosses {
  readonly crossEntropy: number;
  readonly forwardKl: number;
  readonly reverseKl: number;
  readonly jsd: number;
  readonly mix: number;
}

export interface GoldenSteps {
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
  readonly learningRates: readonly number[];
}

export interface GoldenContinuations {
  /** Per prompt of rows 0..4: 12 greedy tokens, and the lead of the best logit over the second at each. */
  readonly free: readonly { readonly tokens: readonly number[]; readonly gaps: readonly number[] }[];
  readonly endToken: number;
  /** The same, each stopped after `endToken`. */
  readonly stopped: readonly (readonly number[])[];
  readonly smallestGap: number;
}

interface ModelGoldens<Losses> {
  readonly base: Losses;
  readonly adapter: Losses;
  readonly steps: GoldenSteps;
  readonly continuations: GoldenContinuations;
}

export interface GoldenScalars {
  readonly prefix: number;
  readonly endToken: number;
  readonly batchRows: number;
  readonly logitRows: number;
  readonly validTokens: number;
  readonly lora: { readonly rank: number; readonly alpha: number };
  readonly distill: Readonly<Record<'temperature' | 'jsdBeta' | 'crossEntropyWeight' | 'divergenceWeight', number>>;
  readonly training: Readonly<
    Record<'learningRate' | 'beta1' | 'beta2' | 'epsilon' | 'weightDecay' | 'maxGradNorm', number> &
      Record<'warmupSteps' | 'totalSteps' | 'batchSize', number>
  >;
  readonly teacher: ModelGoldens<Pick<StudentLosses, 'crossEntropy'>>;
  readonly student: ModelGoldens<StudentLosses>;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Every tensor of a safetensors file of f32 and bf16, widened to f32. */
export function readTensors(path: string): ReadonlyMap<string, GoldenTensor> {
  const file = Uint8Array.from(readFileSync(path));
  const headerBytes = Number(new DataView(file.buffer).getBigUint64(0, true));
  const text = new TextDecoder().decode(file.subarray(8, 8 + headerBytes));
  const { __metadata__, ...entries }: Record<string, HeaderEntry> = JSON.parse(text);
  const body = file.buffer.slice(8 + headerBytes);
  return new Map(
    Object.entries(entries).map(([name, { dtype, shape, data_offsets }]) => {
      return [name, { shape, data: toFloats(dtype, body.slice(...data_offsets)) }];
    }),
  );
}

function toFloats(dtype: string, bytes: ArrayBuffer): Float32Array<ArrayBuffer> {
  if (dtype === 'F32') return new Float32Array(bytes);
  if (dtype !== 'BF16') throw new Error(`goldens hold F32 and BF16, not ${dtype}`);
  return new Float32Array(Uint32Array.from(new Uint16Array(bytes), (half) => half << 16).buffer);
}

function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}

export const modelFolders: Readonly<Record<ModelKind, string>> = {
  teacher: join(folder, 'teacher'),
  student: join(folder, 'student'),
};

export const goldenRows: readonly GoldenRow[] = readJson('rows.json');
export const goldenScalars: GoldenScalars = readJson('goldens.json');
const tensors = readTensors(join(folder, 'goldens.safetensors'));

/** One tensor of goldens.safetensors; throws when there is none of that name. */
export function goldenTensor(name: string): GoldenTensor {
  const found = tensors.get(name);
  if (!found) throw new Error(`no golden named ${name}`);
  return found;
}

/** The tensors under `prefix`, such as `teacher.adapter` or `student.grad.mix`, by PEFT's key names. */
export function goldenAdapter(prefix: string): ReadonlyMap<string, GoldenTensor> {
  const found = [...tensors].filter(([name]) => name.startsWith(`${prefix}.base_model.`));
  if (found.length === 0) throw new Error(`no goldens under ${prefix}`);
  return new Map(found.map(([name, tensor]) => [name.slice(prefix.length + 1), tensor]));
}

/** The seven merged projections of each layer by their Hugging Face names, bf16 widened to f32. */
export function mergedWeights(kind: ModelKind): ReadonlyMap<string, GoldenTensor> {
  return readTensors(join(folder, `${kind}_merged.safetensors`));
}
