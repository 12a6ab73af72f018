/** Where the prompts of one group lie: packed for the prefill, and as slots of a key/value cache for decoding. */
import { commonPrefix, type PackedBatch, packBatch } from '../data/batches';
import type { ModelConfig } from './config';
import { chunkRows } from './head';

/** Each of `rows` sequences has `capacity` cache slots of its own behind the prefix that all share. */
export interface DecodeSizes {
  readonly rows: number;
  /** Tokens of all prompts, packed. */
  readonly tokens: number;
  readonly prefix: number;
  readonly capacity: number;
  /** Tokens of the longest prompt with its answer. */
  readonly maxPositions: number;
}

export interface DecodePlan extends DecodeSizes {
  readonly batch: PackedBatch;
  /** First own slot of each sequence. */
  readonly firstSlot: Uint32Array<ArrayBuffer>;
  /** Slot of each packed token. */
  readonly slots: Uint32Array<ArrayBuffer>;
  /** Packed index of each prompt's last token. */
  readonly lastToken: Uint32Array<ArrayBuffer>;
}

/** Bytes that the caches of one group may take, and its widest activation. */
const CACHE_BYTES = 256 << 20;
const ACTIVATION_BYTES = 64 << 20;
const MOST_ROWS = 128;

/**
 * Which prompts are decoded together, by index: of similar length, so that a long one does not make all groups small,
 * and as many as caches, activations and one chunk of logits have room for.
 */
export function decodeGroups(config: ModelConfig, prompts: readonly Uint32Array[], maxNewTokens: number): number[][] {
  const shared = commonPrefix(prompts.map((prompt) => ({ prompt })));
  const most = chunkRows(config.vocabulary, MOST_ROWS);
  const cacheBytes = config.layers * 2 * 4 * config.kvHeads * config.headDim;
  const activationBytes = 4 * Math.max(config.intermediate, config.heads * config.headDim);
  const fits = (rows: number, longest: number): boolean =>
    rows <= most &&
    cacheBytes * (shared + rows * (longest - shared + maxNewTokens)) <= CACHE_BYTES &&
    activationBytes * (shared + rows * (longest - shared)) <= ACTIVATION_BYTES;
  const groups: number[][] = [];
  const lengthOf = (index: number): number => prompts[index]!.length;
  for (const index of [...prompts.keys()].sort((a, b) => lengthOf(a) - lengthOf(b))) {
    const last = groups.at(-1);
    if (last && fits(last.length + 1, lengthOf(index))) last.push(index);
    else groups.push([index]);
  }
  return groups;
}

/** What the buffers of a group follow from. */
export function decodeSizes(prompts: readonly Uint32Array[], maxNewTokens: number): DecodeSizes {
  const rows = prompts.length;
  const prefix = commonPrefix(prompts.map((prompt) => ({ prompt })));
  const held = prompts.reduce((sum, prompt) => sum + prompt.length, 0);
  const tokens = held - prefix * Math.max(0, rows - 1);
  const maxPositions = longestOf(prompts) + maxNewTokens;
  return { rows, tokens, prefix, capacity: maxPositions - prefix, maxPositions };
}

export function planDecoding(prompts: readonly Uint32Array[], maxNewTokens: number): DecodePlan {
  const nothing = new Uint32Array();
  const batch = packBatch(prompts.map((prompt) => ({ prompt: Uint32Array.from(prompt), answer: nothing })));
  const sizes = decodeSizes(prompts, maxNewTokens);
  const { capacity } = sizes;
  const firstSlot = Uint32Array.from(prompts, (_, row) => batch.prefix + row * capacity);
  const slots = Uint32Array.from({ length: batch.tokens }, (_, t) => t);
  const lastToken = new Uint32Array(prompts.length);
  let at = batch.prefix;
  for (const [row, prompt] of prompts.entries()) {
    const own = prompt.length - batch.prefix;
    for (let i = 0; i < own; i++) slots[at + i] = firstSlot[row]! + i;
    at += own;
    lastToken[row] = at - 1;
  }
  return { ...sizes, batch, firstSlot, slots, lastToken };
}

function longestOf(prompts: readonly Uint32Array[]): number {
  return prompts.reduce((most, prompt) => Math.max(most, prompt.length), 0);
}
