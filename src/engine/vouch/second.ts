/** The second engine as the one that vouches needs it: it reads the ONNX of a folder and shares no kernel with ours. Types only. */
import type { Message } from '../data/jsonl';
import type { OnnxForm } from '../formats/onnx/forms';
import type { FolderSource } from '../studio';

/** onnxruntime-web by itself, or under transformers.js, which has its own loop of decoding and its own cache. */
export type SecondRuntime = 'onnxruntime' | 'transformers.js';

export type SecondBackend = 'wasm' | 'webgpu';

export interface SecondRequest {
  /** A Hugging Face folder with `onnx/` in it. */
  readonly folder: FolderSource;
  readonly form: OnnxForm;
  readonly runtime: SecondRuntime;
  readonly backend: SecondBackend;
}

export interface GreedyOptions {
  readonly maxNewTokens: number;
  /** Any of these ends an answer; they are not part of it. */
  readonly endTokens: readonly number[];
}

export interface SecondAnswer {
  /** The most likely tokens, one after the other, without the end token. */
  readonly ids: readonly number[];
  /** [vocabulary] where the first of them was chosen. */
  readonly logits: Float32Array;
}

export interface SecondEngine {
  /** Greedy, token by token over a key/value cache. */
  answer(prompt: Uint32Array, options: GreedyOptions): Promise<SecondAnswer>;
  /** Gives its memory back, once; what is being answered rejects, and nothing can be asked of it afterwards. */
  close(): Promise<void>;
}

/** Rejects with a StudioError: `onnx-missing`, or what `secondFailure` makes of what the engine says. */
export type OpenSecond = (request: SecondRequest) => Promise<SecondEngine>;

/** Bytes of the model that have been read, of all of them. */
export type ReadProgress = (bytes: number, total: number) => void;

/** An answer of transformers.js so far, or as it ended. Times are in milliseconds since it was asked. */
export interface Streamed {
  readonly tokens: number;
  /** Until its first token; undefined while there is none. */
  readonly firstMilliseconds: number | undefined;
  readonly milliseconds: number;
  /** At its end token, at the most new tokens, or when it was stopped. */
  readonly ended: 'end' | 'length' | 'stopped' | undefined;
}

/** `added`: text since the last event, whole characters only; the last event has `ended`. */
export interface StreamedText extends Streamed {
  readonly added: string;
}

export interface StreamedReply extends Streamed {
  readonly text: string;
}

export interface ChatOptions {
  readonly maxNewTokens: number;
}

/** An exported folder as a program of other people uses it: `pipeline('text-generation')`, greedy. */
export interface TryOut extends SecondEngine {
  /** Rejects with `second-failed` or `second-memory`. */
  chat(
    messages: readonly Message[],
    options: ChatOptions,
    listen: (event: StreamedText) => void,
  ): Promise<StreamedReply>;
  /** After the token under way; what was said so far is the answer. */
  stop(): void;
}
