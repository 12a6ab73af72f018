/** The same operation as each library does it, with its arguments where the library wants them. */
import { roundBf16 } from '../../support/bf16';
import { relativeError } from '../../support/compare';
import type { Bench } from '../../support/gpu';
import { normals } from '../../support/random';
import type { Contender } from './contest';
import type { JaxArray } from './jaxQwen2';
import { matmulModel } from './onnx';
import type { Jax, OnnxRuntime, TensorFlow } from './peers';

export interface Machine {
  readonly b: Bench;
  readonly jax: Jax;
  readonly tf: TensorFlow;
  readonly ort: OnnxRuntime;
}

/** Products of f32 sums in three orders of additions. */
const CLOSE = 1e-4;

interface Other extends Contender {
  readonly read: () => Promise<ArrayLike<number>>;
}

/** A contender whose result is another does another job: it is said and left out. */
export async function rightOnes(job: string, expected: ArrayLike<number>, others: readonly Other[]): Promise<Other[]> {
  const right: Other[] = [];
  for (const other of others) {
    const error = relativeError(await other.read(), expected);
    if (error < CLOSE) right.push(other);
    else console.log(`${job}: ${other.name} gives another result, relative error ${error.toExponential(1)}`);
  }
  return right;
}

/** Submits what `record` records and waits for the GPU. */
export function ours({ b }: Machine, record: () => void): Contender {
  const run = async (times: number) => {
    for (let n = 0; n < times; n++) record();
    await b.rec.submit();
    await b.gpu.device.queue.onSubmittedWorkDone();
  };
  return { name: 'Distillery', run };
}

/** `f` compiled; its arguments outlive the call. */
export function ofJax({ jax }: Machine, f: (...inputs: JaxArray[]) => JaxArray, inputs: readonly JaxArray[]) {
  const compiled = jax.jit(f);
  const call = () => compiled(...inputs.map((input) => input.ref));
  const run = async (times: number) => {
    const made = Array.from({ length: times }, call);
    // It computes nothing that nobody waits for.
    await Promise.all(made.map((array) => array.blockUntilReady()));
    for (const array of made) array.dispose();
  };
  return { name: 'jax-js', run, read: async () => (await call().data()) as Float32Array };
}

export type TfTensor = ReturnType<TensorFlow['zeros']>;
export type Scalar = ReturnType<TensorFlow['scalar']>;

export function ofTensorFlow({ tf }: Machine, f: () => TfTensor) {
  const run = async (times: number) => {
    const made = Array.from({ length: times }, () => tf.tidy(f));
    // It waits by reading back: one value, behind all that was asked before.
    const first = tf.tidy(() => tf.slice(tf.reshape(made.at(-1)!, [-1]), 0, 1));
    await first.data();
    tf.dispose([...made, first]);
  };
  return { name: 'TensorFlow.js', run, read: async () => (await tf.tidy(f).data()) as Float32Array };
}

/** x · w with both on the GPU, the result left there. */
export async function ofOnnx(
  { ort }: Machine,
  x: Float32Array,
  [rows, depth, columns]: readonly number[],
  w: Float32Array,
) {
  if (!ort) return [];
  const session = await ort.InferenceSession.create(matmulModel(rows!, depth!, columns!, w), {
    executionProviders: ['webgpu'],
    preferredOutputLocation: 'gpu-buffer',
  });
  const device = await ort.env.webgpu.device;
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ size: x.byteLength, usage });
  device.queue.writeBuffer(buffer, 0, new Float32Array(x));
  const input = ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: [rows!, depth!] });
  const call = async () => (await session.run({ x: input })).y!;
  const run = async (times: number) => {
    const made: Awaited<ReturnType<typeof call>>[] = [];
    for (let n = 0; n < times; n++) made.push(await call());
    await device.queue.onSubmittedWorkDone();
    for (const y of made) y.dispose();
  };
  return [{ name: 'onnxruntime-web', run, read: async () => (await (await call()).getData()) as Float32Array }];
}

/** A job that is waited for each time. */
export const inTurn = (name: string, job: () => Promise<unknown>): Contender => ({
  name,
  run: async (times) => {
    for (let n = 0; n < times; n++) await job();
  },
});

export function transposed(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}

export function inputs({ b, jax, tf }: Machine, name: string, shape: [number, number], seed: number, bf16 = false) {
  const plain = normals(seed, shape[0] * shape[1]);
  const values = new Float32Array(bf16 ? plain.map(roundBf16) : plain);
  return {
    values,
    ours: bf16 ? b.bf16(name, shape, values) : b.f32(name, shape, values),
    jax: jax.numpy.array(values, { shape }),
    tf: tf.tensor2d(values, shape),
  };
}
