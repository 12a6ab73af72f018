/** A model on its way out, whatever form it is written in: its config, its tensors, and the files that go with it. */
import type { ModelConfig } from '../model/config';
import type { OutgoingTensor } from './shards';

export interface OutgoingModel {
  readonly config: ModelConfig;
  /** Every tensor of the checkpoint by its Hugging Face name, BF16, linear weights [out, in]; may be read more than once. */
  readonly tensors: readonly OutgoingTensor[];
  /** `config.json`, `tokenizer.json` and whatever else lay beside the weights, by name. */
  readonly files: ReadonlyMap<string, Blob>;
}

/** Bytes of weights written, and in all. */
export type WriteProgress = (bytes: number, total: number) => void;
