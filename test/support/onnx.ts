/** ONNX models run in onnxruntime-web, its WebAssembly backend, in Node: the second engine of the tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { OnnxForm } from '../../src/engine/formats/onnx/forms';
import { writeOnnx } from '../../src/engine/formats/onnx/write';
import type { OutgoingModel } from '../../src/engine/formats/outgoing';
import { memorySink } from '../../src/engine/formats/sink';
import type { ModelConfig } from '../../src/engine/model/config';
import type { FolderSource } from '../../src/engine/studio';
import { sessionOptions } from '../../src/second/session';
import { outgoingFolder } from './outgoing';

type Library = typeof import('onnxruntime-web');

/** By its place: under its name the page's build leaves it out. */
const file = join(import.meta.dirname, '../../node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs');

let library: Promise<Library> | undefined;

export function onnxRuntime(): Promise<Library> {
  library ??= import(/* @vite-ignore */ file).then((found: Library) => {
    found.env.wasm.numThreads = 1;
    found.env.logLevel = 'error';
    return found;
  });
  return library;
}

/** A folder of the fixtures that has no tokenizer. */
export function bareFolder(name: string, folder: string): FolderSource {
  const files = ['config.json', 'model.safetensors'].map((one) => new File([readFileSync(join(folder, one))], one));
  const empty = ['tokenizer.json', 'tokenizer_config.json'].map((one) => new File(['{}'], one));
  return { kind: 'files', name, files: [...files, ...empty] };
}

export const version = '0.0.0-test';

/** Files by their names, without the folder. */
export async function onnxFiles(model: OutgoingModel, form: OnnxForm, most?: number) {
  const sink = memorySink();
  const written = await writeOnnx(sink, model, form, () => {}, { version, ...(most && { most }) });
  const entries = [...sink.files].map(async ([path, blob]) => [path.replace('onnx/', ''), await blob.bytes()] as const);
  return { written, files: new Map(await Promise.all(entries)) };
}

export async function openOnnx(source: FolderSource, form: OnnxForm, most?: number): Promise<OnnxDecoder> {
  const model = await outgoingFolder(source);
  return decoderOf(model.config, (await onnxFiles(model, form, most)).files);
}

export async function decoderOf(config: ModelConfig, files: ReadonlyMap<string, Uint8Array>): Promise<OnnxDecoder> {
  const { InferenceSession } = await onnxRuntime();
  const graph = [...files].find(([name]) => name.endsWith('.onnx'))!;
  const externalData = [...files].filter((one) => one !== graph).map(([path, data]) => ({ path, data }));
  const session = await InferenceSession.create(graph[1], {
    ...sessionOptions('wasm'),
    executionProviders: ['wasm'],
    externalData,
  });
  return new OnnxDecoder(config, session, await onnxRuntime(), /_fp16/.test(graph[0]));
}

type Cache = Readonly<Record<string, Tensor>>;

export class OnnxDecoder {
  readonly config: ModelConfig;
  private readonly session: InferenceSession;
  private readonly library: Library;
  private readonly half: boolean;

  constructor(config: ModelConfig, session: InferenceSession, library: Library, half: boolean) {
    this.config = config;
    this.session = session;
    this.library = library;
    this.half = half;
  }

  /** [tokens or `keep`, vocabulary] of the tokens that come after those in the cache, and the cache with them. */
  async run(ids: ArrayLike<number>, cache: Cache = this.emptyCache(), keep = 0) {
    const { Tensor } = this.library;
    const past = cache['past_key_values.0.key']!.dims[2]!;
    const int64 = (values: ArrayLike<number>, dims: number[]) =>
      new Tensor('int64', BigInt64Array.from(Array.from(values), BigInt), dims);
    const output = await this.session.run({
      input_ids: int64(ids, [1, ids.length]),
      attention_mask: int64(new Array(past + ids.length).fill(1), [1, past + ids.length]),
      num_logits_to_keep: int64([keep], []),
      ...cache,
    });
    const { logits, ...present } = output;
    const entries = Object.entries(present).map(([key, value]) => [key.replace('present', 'past_key_values'), value]);
    return { logits: logits!.data as Float32Array, cache: Object.fromEntries(entries) as Cache };
  }

  release(): Promise<void> {
    return this.session.release();
  }

  private emptyCache(): Cache {
    const { layers, kvHeads, headDim } = this.config;
    const { Tensor } = this.library;
    const empty = () =>
      this.half
        ? new Tensor('float16', new Uint16Array(0), [1, kvHeads, 0, headDim])
        : new Tensor('float32', new Float32Array(0), [1, kvHeads, 0, headDim]);
    const names = Array.from({ length: layers }, (_, i) =>
      ['key', 'value'].map((half) => `past_key_values.${i}.${half}`),
    );
    return Object.fromEntries(names.flat().map((name) => [name, empty()]));
  }
}
