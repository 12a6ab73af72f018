/** A hub over memory and a local server: what the tests of this folder share. */
import { Buffer } from 'node:buffer';
import { writeSafetensors } from '../../src/engine/formats/safetensors';
import type { HubOptions } from '../../src/engine/hub/client';
import { Hub } from '../../src/engine/hub/hub';
import type { DownloadProgress, HubRequest } from '../../src/engine/hub/types';
import { StudioError } from '../../src/engine/studioError';
import type { FakeModel } from '../support/fakeHub';
import { memoryDirectory } from '../support/memoryFiles';

export const name = 'Org/tiny-model';

const config = {
  ...{ architectures: ['Qwen2ForCausalLM'], hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2 },
  ...{ num_key_value_heads: 1, intermediate_size: 12, vocab_size: 20, max_position_embeddings: 64, eos_token_id: 3 },
};

/** 200 kB that no compression or repetition makes look right by accident. */
export const weights = await safetensors('weight', 200_000);

export const files = {
  'config.json': JSON.stringify(config),
  'generation_config.json': '{"eos_token_id":[3]}',
  'tokenizer.json': '{"model":{}}',
  'tokenizer_config.json': '{"chat_template":"T"}',
  'model.safetensors': weights,
  'pytorch_model.bin': Buffer.alloc(20_000, 1),
  'tiny-q4.gguf': Buffer.alloc(20_000, 2),
  'README.md': '---\nlicense: other\nlicense_name: qwen-research\nlicense_link: LICENSE\n---\n# Tiny\n',
};

export const model: FakeModel = { files };

async function safetensors(tensor: string, bytes: number): Promise<Buffer> {
  const data = Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + (i >> 8) * 17) % 251);
  const blob = writeSafetensors([{ name: tensor, dtype: 'BF16', shape: [bytes / 2], data }]);
  return Buffer.from(await blob.arrayBuffer());
}

export function changedConfig(change: Readonly<Record<string, unknown>>): FakeModel {
  return { files: { ...files, 'config.json': JSON.stringify({ ...config, ...change }) } };
}

export async function shardedModel(): Promise<FakeModel> {
  const { 'model.safetensors': _, ...rest } = files;
  const [one, two] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
  const index = JSON.stringify({ weight_map: { a: one, b: two } });
  const shards = { [one]: await safetensors('a', 40_000), [two]: await safetensors('b', 60_000) };
  return { files: { ...rest, 'model.safetensors.index.json': index, ...shards, 'old.safetensors': 'x' } };
}

export function request(endpoint: string, change: Partial<HubRequest> = {}): HubRequest {
  return { model: name, revision: '', endpoint, token: undefined, ...change };
}

export interface Bench {
  readonly hub: Hub;
  /** Milliseconds that were waited before another try. */
  readonly waits: number[];
  readonly told: DownloadProgress[];
  /** Downloads, and gives what was told meanwhile. */
  download(request: HubRequest): ReturnType<Hub['download']>;
}

/** Two of them over one `storage` are a page before and after a reload. */
export function bench(storage = memoryDirectory(), options: Partial<HubOptions> = {}): Bench {
  const waits: number[] = [];
  const told: DownloadProgress[] = [];
  const wait: HubOptions['wait'] = async (milliseconds, signal) => {
    signal.throwIfAborted();
    if (milliseconds > 0) waits.push(milliseconds);
  };
  const hub = new Hub(async () => storage, { wait, ...options });
  return { hub, waits, told, download: (asked) => hub.download(asked, (progress) => told.push(progress)) };
}

export async function errorOf(promise: Promise<unknown>): Promise<StudioError> {
  const error: unknown = await promise.catch((caught: unknown) => caught);
  if (error instanceof StudioError) return error;
  throw new Error(`no StudioError: ${String(error)}`);
}

export async function bytesOf(file: Blob | undefined): Promise<Buffer> {
  return Buffer.from((await file?.arrayBuffer()) ?? new ArrayBuffer(0));
}
