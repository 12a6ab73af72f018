/**
 * The frozen teacher's forward pass beside the student's training. The tokens that all rows of a run begin with never
 * change, and neither do its weights: their keys and values are computed once and kept for the run. In later epochs the rows
 * themselves come again: their final hidden states are kept too (`teacherStates.ts`).
 */
import type { PackedBatch } from '../data/batches';
import type { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { upload } from '../gpu/transfer';
import { allocatePicked, allocateTokens, type PickedTensors, type TokenTensors, uploadPicked } from '../model/batch';
import type { ModelConfig } from '../model/config';
import * as head from '../model/head';
import * as transformer from '../model/transformer';
import type { Model } from '../model/weights';
import { allocateWorkspace, type Workspace } from '../model/workspace';
import type { RunSizes } from './objective';
import { allocateStates, type ScratchFile, type StateSpace, TeacherStates } from './teacherStates';

/** Tokens and their slots in the cache. */
interface CachedTokens {
  readonly tokens: TokenTensors;
  /** u32, one per token */
  readonly slots: Tensor;
}

export interface TeacherSpace {
  readonly space: Workspace;
  readonly logits: head.HeadSpace;
  /** Per layer [maxTokens, KV]: the run's prefix in front, then a batch's other tokens. */
  readonly cache: Pick<transformer.KvCache, 'k' | 'v'>;
  /** Undefined when the rows of the run have none in common. */
  readonly prefix: CachedTokens | undefined;
  readonly own: CachedTokens;
  readonly picked: PickedTensors;
  /** Undefined when no row comes again. */
  readonly states: StateSpace | undefined;
}

/** `chunk` is the student's number of label rows per chunk. */
export function allocateTeacher(arena: Arena, config: ModelConfig, sizes: RunSizes, chunk: number): TeacherSpace {
  const part = arena.part('teacher');
  const { prefix, maxTokens, maxLabels, maxPositions, again } = sizes;
  const own = Math.max(1, maxTokens - prefix);
  const pass = { maxTokens: Math.max(own, prefix), maxPicked: maxLabels, maxPositions, rank: 0 };
  const cached = (count: number) => ({
    tokens: allocateTokens(part, count),
    slots: part.tensor('slots', [count], 'u32'),
  });
  const caches = (name: string) =>
    Array.from({ length: config.layers }, (_, layer) =>
      part.tensor(`${layer}.${name}`, [maxTokens, config.kvHeads * config.headDim]),
    );
  return {
    space: allocateWorkspace(part, config, pass, false),
    logits: head.allocateHead(part, config, chunk),
    cache: { k: caches('cacheK'), v: caches('cacheV') },
    prefix: prefix > 0 ? cached(prefix) : undefined,
    own: cached(own),
    picked: allocatePicked(part, maxLabels),
    states: again > 0 ? allocateStates(part, config.hidden, again) : undefined,
  };
}

export class Teacher {
  readonly space: TeacherSpace;
  private readonly model: Model;
  /** Tokens of the run's prefix. */
  private readonly shared: number;
  private readonly states: TeacherStates | undefined;
  private prefixKept = false;
  private prefixUploaded = false;

  constructor(arena: Arena, model: Model, sizes: RunSizes, chunk: number, scratch?: ScratchFile) {
    this.space = allocateTeacher(arena, model.config, sizes, chunk);
    this.states = this.space.states && new TeacherStates(this.space.states, scratch);
    this.model = model;
    this.shared = sizes.prefix;
  }

  /** Before each `record` on a GPU: the batch without the run's prefix, and once the prefix itself. */
  upload(gpu: Gpu, batch: PackedBatch): void {
    if (this.states?.has(batch)) this.states.upload(gpu, batch, this.space.space.last);
    if (this.states?.has(batch)) return;
    const { prefix, own, picked } = this.space;
    const { shared } = this;
    if (prefix && !this.prefixUploaded) uploadTokens(gpu, prefix, batch, 0, shared);
    this.prefixUploaded = true;
    uploadTokens(gpu, own, batch, shared, batch.tokens);
    const places = {
      positions: batch.positions.subarray(shared),
      keyStart: batch.keyStart.subarray(shared),
      keyEnd: batch.keyEnd.subarray(shared),
    };
    const index = batch.labelRows.map((t) => t - shared);
    uploadPicked(gpu, picked, index, places);
  }

  /** The hidden states at the batch's label positions → `space.space.last`. */
  record(rec: Recorder, batch: PackedBatch): void {
    if (this.states?.has(batch)) {
      this.states.recall(rec, batch, this.space.space.last);
      return;
    }
    this.compute(rec, batch);
    this.states?.keep(rec, batch, this.space.space.last);
  }

  /** After a batch was submitted. */
  async settle(gpu: Gpu, batch: PackedBatch): Promise<void> {
    await this.states?.store(gpu, batch, this.space.space.last);
  }

  private compute(rec: Recorder, batch: PackedBatch): void {
    const { space, prefix, own, picked } = this.space;
    const { shared, model } = this;
    const seenByPrefix = (shared * (shared + 1)) / 2;
    if (prefix && !this.prefixKept) {
      // Its keys and values are all that is asked for.
      const nothing = { count: 0, pairs: 0, tensors: picked };
      const places = { tokens: shared, pairs: seenByPrefix, prefix: shared, batch: prefix.tokens, picked: nothing };
      transformer.forward(rec, model, space, { ...places, cache: this.cache(prefix, shared) });
    }
    this.prefixKept = true;
    transformer.forward(rec, model, space, {
      tokens: batch.tokens - shared,
      pairs: batch.pairs - seenByPrefix,
      prefix: batch.prefix,
      batch: own.tokens,
      picked: { count: batch.labels, pairs: batch.labelPairs, tensors: picked },
      cache: this.cache(own, batch.tokens),
    });
  }

  /** The logits of some label rows → `space.logits.logits`. */
  recordHead(rec: Recorder, chunk: { readonly start: number; readonly rows: number }): void {
    head.forward(rec, this.model, this.space.logits, this.space.space.last, chunk);
  }

  private cache({ slots }: CachedTokens, used: number): transformer.KvCache {
    return { ...this.space.cache, slots, used };
  }
}

/** Tokens `from` to `to` of the batch, each in the slot of its place. */
function uploadTokens(gpu: Gpu, to: CachedTokens, batch: PackedBatch, from: number, end: number): void {
  upload(gpu, to.tokens.ids, batch.ids.subarray(from, end));
  upload(gpu, to.tokens.positions, batch.positions.subarray(from, end));
  upload(gpu, to.tokens.keyStart, batch.keyStart.subarray(from, end));
  upload(gpu, to.tokens.keyEnd, batch.keyEnd.subarray(from, end));
  upload(
    gpu,
    to.slots,
    Uint32Array.from({ length: end - from }, (_, i) => from + i),
  );
}
