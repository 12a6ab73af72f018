/** onnxruntime-web as the second engine: one session, and a loop of greedy decoding over the cache that the graph gives back. */
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { halfToSingle } from '../engine/formats/elements';
import { secondFailure } from '../engine/vouch/failure';
import { type OnnxFiles, onnxFiles } from '../engine/vouch/onnxFiles';
import type { GreedyOptions, SecondAnswer, SecondBackend, SecondEngine, SecondRequest } from '../engine/vouch/second';
import { sessionOptions } from './session';

/** The library, as the browser or Node has it. */
export type Ort = Pick<typeof import('onnxruntime-web'), 'InferenceSession' | 'Tensor'>;

type Tensors = Record<string, Tensor>;

/** The names that transformers.js uses, which are those of its exporters. */
const [PAST, PRESENT] = ['past_key_values', 'present'];

/** Rejects with a StudioError: `onnx-missing`, `second-memory`, `second-failed`. */
export async function openOnnx(ort: Ort, { folder, form, backend }: SecondRequest): Promise<SecondEngine> {
  const files = await onnxFiles(folder, form);
  try {
    const session = await createSession(ort, files, backend);
    const decoder = new Decoder(ort, session);
    let closed: Promise<void> | undefined;
    return {
      answer: (prompt, options) => decoder.answer(prompt, options).catch(rethrow),
      close: () => {
        closed ??= session.release();
        return closed;
      },
    };
  } catch (error) {
    throw secondFailure(error);
  }
}

function rethrow(error: unknown): never {
  throw secondFailure(error);
}

/** A file of weights is read when the library asks for it, and is whole in memory only until the session has its own copy. */
async function createSession(ort: Ort, { model, data }: OnnxFiles, backend: SecondBackend): Promise<InferenceSession> {
  const graph = new Uint8Array(await model.blob.arrayBuffer());
  return ort.InferenceSession.create(graph, {
    executionProviders: [backend],
    externalData: data.map(({ name, blob }) => ({ path: name, data: blob })),
    // The cache stays on the card; the logits are fetched from there.
    ...(backend === 'webgpu' && { preferredOutputLocation: 'gpu-buffer' }),
    ...sessionOptions(backend),
  });
}

class Decoder {
  private readonly ort: Ort;
  private readonly session: InferenceSession;
  private readonly inputNames: ReadonlySet<string>;

  constructor(ort: Ort, session: InferenceSession) {
    this.ort = ort;
    this.session = session;
    this.inputNames = new Set(session.inputNames);
  }

  async answer(prompt: Uint32Array, { maxNewTokens, endTokens }: GreedyOptions): Promise<SecondAnswer> {
    const ids: number[] = [];
    let cache = this.emptyCache();
    let first: Float32Array = new Float32Array();
    let next = prompt;
    let length = 0;
    try {
      while (ids.length < maxNewTokens) {
        length += next.length;
        const outputs = await this.session.run({ ...this.inputs(next, length), ...cache });
        release(cache);
        cache = this.presentIn(outputs);
        const logits = await lastOf(outputs.logits!);
        if (first.length === 0) first = logits;
        const token = largest(logits);
        if (endTokens.includes(token)) break;
        ids.push(token);
        next = Uint32Array.of(token);
      }
      return { ids, logits: first };
    } finally {
      release(cache);
    }
  }

  /** `next`: tokens that are not in the cache; `length`: tokens with those that are. */
  private inputs(next: Uint32Array, length: number): Tensors {
    const tensor = (values: BigInt64Array) => new this.ort.Tensor('int64', values, [1, values.length]);
    const ids = tensor(BigInt64Array.from(next, BigInt));
    const positions = BigInt64Array.from(next, (_, i) => BigInt(length - next.length + i));
    return {
      input_ids: ids,
      attention_mask: tensor(new BigInt64Array(length).fill(1n)),
      ...(this.inputNames.has('position_ids') && { position_ids: tensor(positions) }),
      // Of a prompt, only the last position is asked for.
      ...(this.inputNames.has('num_logits_to_keep') && { num_logits_to_keep: new this.ort.Tensor('int64', [1n], []) }),
    };
  }

  /** [1, kvHeads, 0, headSize] for every layer's keys and values, in the type that the graph wants. */
  private emptyCache(): Tensors {
    const past = this.session.inputMetadata.filter(({ name }) => name.startsWith(PAST));
    return Object.fromEntries(
      past.map((input) => {
        if (!input.isTensor) throw new Error(`the input ${input.name} is no tensor`);
        const [, heads, , size] = input.shape;
        const dims = [1, Number(heads), 0, Number(size)];
        const half = input.type === 'float16';
        const tensor = half
          ? new this.ort.Tensor('float16', new Uint16Array(0), dims)
          : new this.ort.Tensor('float32', new Float32Array(0), dims);
        return [input.name, tensor];
      }),
    );
  }

  private presentIn(outputs: Tensors): Tensors {
    const present = Object.entries(outputs).filter(([name]) => name.startsWith(PRESENT));
    return Object.fromEntries(present.map(([name, tensor]) => [name.replace(PRESENT, PAST), tensor]));
  }
}

function release(tensors: Tensors): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}

/** The last row of [1, tokens, vocabulary], which goes with it. */
async function lastOf(tensor: Tensor): Promise<Float32Array> {
  const vocabulary = tensor.dims.at(-1) ?? 0;
  const data = await tensor.getData(true);
  const row = data.slice(-vocabulary);
  if (row instanceof Float32Array) return row;
  // A `Float16Array` converts itself; where the language has none, the library gives its bits.
  if (row instanceof Uint16Array) return new Float32Array(Uint32Array.from(row, halfToSingle).buffer);
  return Float32Array.from(row as Iterable<number>);
}

/** The lowest index of equals, as our kernels choose. */
function largest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}
