/** transformers.js as the second engine: `pipeline('text-generation')` on the files of a folder, offline, nothing of it on our side. */
import {
  env,
  InterruptableStoppingCriteria,
  LogitsProcessor,
  LogitsProcessorList,
  type ProgressInfo,
  pipeline,
  Tensor,
  type TextGenerationPipeline,
  TextStreamer,
} from '@huggingface/transformers';
import type { Message } from '../engine/data/jsonl';
import { openFolder } from '../engine/formats/folder';
import { type Lookout, readingOf } from '../engine/lookout';
import { secondFailure } from '../engine/vouch/failure';
import { onnxFiles } from '../engine/vouch/onnxFiles';
import type {
  ChatOptions,
  GreedyOptions,
  ReadProgress,
  SecondAnswer,
  SecondRequest,
  Streamed,
  StreamedReply,
  StreamedText,
  TryOut,
} from '../engine/vouch/second';
import { sessionOptions } from './session';

/** What the library calls the folder; it stands in every key that it asks its cache for. */
const NAME = 'exported';

const greedy = { do_sample: false, repetition_penalty: 1 };

/** `lookout` looks after its tokenizer. Rejects with a StudioError: `onnx-missing`, `second-memory`, `second-failed`. */
export async function openTransformers(
  request: SecondRequest,
  progress: ReadProgress,
  lookout: Lookout,
): Promise<TryOut> {
  const { form, backend } = request;
  const { chunks, bytes } = await offer(request);
  try {
    const generator = await pipeline('text-generation', NAME, {
      ...{ dtype: form, device: backend, use_external_data_format: chunks },
      session_options: sessionOptions(backend),
      progress_callback: reading(bytes, progress),
    });
    return new Generator(generator, request.folder.name, lookout);
  } catch (error) {
    throw secondFailure(error);
  }
}

/** The files of the folder are the library's cache, and there is nothing else: whatever is not there is not found. */
async function offer({ folder, form }: SecondRequest): Promise<{ chunks: number; bytes: number }> {
  const { model, data } = await onnxFiles(folder, form);
  const onnx = new Map([model, ...data].map(({ name, blob }) => [`onnx/${name}`, blob]));
  const others = openFolder(folder);
  const find = async (path: string) => onnx.get(path) ?? (path.includes('/') ? undefined : await others.optional(path));
  Object.assign(env, {
    ...{ allowRemoteModels: false, allowLocalModels: true, useBrowserCache: false, useWasmCache: false },
    ...{ useCustomCache: true, fetch: async () => new Response(null, { status: 404 }) },
    customCache: {
      match: async (key: string) => {
        const path = key.split(`/${NAME}/`)[1];
        const blob = path === undefined ? undefined : await find(path);
        return blob && new Response(blob, { headers: { 'content-length': String(blob.size) } });
      },
      put: async () => {},
    },
  });
  return { chunks: data.length, bytes: [model, ...data].reduce((sum, { blob }) => sum + blob.size, 0) };
}

/** Sums up what the library says of each file of the model; a hundred times at most, however many pieces it reads. */
function reading(total: number, progress: ReadProgress): (told: ProgressInfo) => void {
  const files = new Map<string, number>();
  let percent = -1;
  return (told) => {
    if (told.status !== 'progress' || !told.file.startsWith('onnx/')) return;
    files.set(told.file, told.loaded);
    const bytes = files.values().reduce((sum, loaded) => sum + loaded, 0);
    const now = Math.floor((100 * bytes) / Math.max(1, total));
    if (now === percent) return;
    percent = now;
    progress(bytes, total);
  };
}

/** The logits of the first token that is chosen, on their way to being chosen from. */
class FirstLogits extends LogitsProcessor {
  first: Float32Array | undefined;

  override _call(_ids: bigint[][], logits: Tensor): Tensor {
    this.first ??= Float32Array.from(logits.data as Float32Array);
    return logits;
  }
}

class Generator implements TryOut {
  private readonly generator: TextGenerationPipeline;
  private readonly stopping = new InterruptableStoppingCriteria();
  private readonly name: string;
  private readonly lookout: Lookout;
  private talking = false;

  constructor(generator: TextGenerationPipeline, name: string, lookout: Lookout) {
    this.generator = generator;
    this.name = name;
    this.lookout = lookout;
    const { model } = generator;
    const forward = model.forward.bind(model);
    // WebAssembly computes an answer without ever letting a message in: whoever says stop would not be heard.
    model.forward = async (inputs) => {
      if (this.talking) await new Promise((resolve) => setTimeout(resolve));
      return forward(inputs);
    };
  }

  async answer(prompt: Uint32Array, { maxNewTokens, endTokens }: GreedyOptions): Promise<SecondAnswer> {
    const [seen, processors] = [new FirstLogits(), new LogitsProcessorList()];
    processors.push(seen);
    const tensor = (values: BigInt64Array) => new Tensor('int64', values, [1, values.length]);
    try {
      const sequences = await this.generator.model.generate({
        ...{ inputs: tensor(BigInt64Array.from(prompt, BigInt)), logits_processor: processors },
        attention_mask: tensor(new BigInt64Array(prompt.length).fill(1n)),
        ...{ ...greedy, max_new_tokens: maxNewTokens, eos_token_id: [...endTokens] },
      });
      const all = Array.from((sequences as Tensor).data as BigInt64Array, Number);
      const ids = all.slice(prompt.length).filter((id) => !endTokens.includes(id));
      return { ids, logits: seen.first ?? new Float32Array() };
    } catch (error) {
      throw secondFailure(error);
    }
  }

  async chat(
    messages: readonly Message[],
    { maxNewTokens }: ChatOptions,
    listen: (event: StreamedText) => void,
  ): Promise<StreamedReply> {
    const since = performance.now();
    let text = '';
    let progress: Streamed = { tokens: 0, firstMilliseconds: undefined, milliseconds: 0, ended: undefined };
    const tell = (added: string): void => {
      text += added;
      listen({ ...progress, added });
    };
    const streamer = new TextStreamer(this.generator.tokenizer, {
      ...{ skip_prompt: true, skip_special_tokens: true, callback_function: tell },
      token_callback_function: () => {
        const milliseconds = performance.now() - since;
        const { tokens, firstMilliseconds = milliseconds } = progress;
        progress = { ...progress, tokens: tokens + 1, firstMilliseconds, milliseconds };
      },
    });
    this.stopping.reset();
    this.talking = true;
    try {
      this.tryToRead(messages);
      const how = { ...greedy, max_new_tokens: maxNewTokens, streamer, stopping_criteria: this.stopping };
      await this.generator([...messages], how);
    } catch (error) {
      throw secondFailure(error);
    } finally {
      this.talking = false;
    }
    const ended = this.stopping.interrupted ? 'stopped' : progress.tokens < maxNewTokens ? 'end' : 'length';
    progress = { ...progress, ended };
    tell('');
    return { ...progress, text };
  }

  /** What the pipeline will do with them, where it can be looked after: from in there nothing is told before it is done. */
  private tryToRead(messages: readonly Message[]): void {
    const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
    this.lookout.during(readingOf(this.name, characters), () =>
      this.generator.tokenizer.apply_chat_template([...messages], { add_generation_prompt: true }),
    );
  }

  stop(): void {
    this.stopping.interrupt();
  }

  async close(): Promise<void> {
    await this.generator.dispose();
  }
}
