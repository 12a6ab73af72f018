/** The buffers of one group of prompts that are decoded together. */
import type { Arena } from '../gpu/arena';
import type { Tensor } from '../gpu/tensor';
import { allocatePicked, allocateTokens, type PickedTensors, type TokenTensors } from './batch';
import type { ModelConfig } from './config';
import type { DecodeSizes } from './decodePlan';
import * as head from './head';
import type { KvCache } from './transformer';
import { allocateWorkspace, type Workspace } from './workspace';

/** R rows, P positions of prompt and answer. */
export interface DecodeSpace {
  readonly space: Workspace;
  readonly head: head.HeadSpace;
  /** All prompts packed, then one token of every row. */
  readonly prefill: TokenTensors;
  readonly decode: TokenTensors;
  readonly cache: Omit<KvCache, 'used'>;
  /** Every prompt's last token. */
  readonly picked: PickedTensors;
  /** u32 [R, P], and [R] each */
  readonly output: Readonly<Record<'history' | 'lengths' | 'finished' | 'streams', Tensor>>;
}

/** `rank` is the adapter's, 0 for none. */
export function allocateDecoding(arena: Arena, config: ModelConfig, sizes: DecodeSizes, rank: number): DecodeSpace {
  const { rows, tokens, prefix, capacity, maxPositions } = sizes;
  const maxTokens = Math.max(tokens, rows);
  const perRow = (name: string) => arena.tensor(name, [rows], 'u32');
  const caches = (name: string) =>
    Array.from({ length: config.layers }, (_, layer) =>
      arena.part('cache').tensor(`${layer}.${name}`, [prefix + rows * capacity, config.kvHeads * config.headDim]),
    );
  return {
    space: allocateWorkspace(arena, config, { maxTokens, maxPicked: rows, maxPositions, rank }, false),
    head: head.allocateHead(arena, config, head.chunkRows(config.vocabulary, rows)),
    prefill: allocateTokens(arena, tokens),
    decode: { ids: perRow('next'), positions: perRow('at'), keyStart: perRow('from'), keyEnd: perRow('to') },
    cache: { k: caches('cacheK'), v: caches('cacheV'), slots: arena.tensor('slots', [maxTokens], 'u32') },
    picked: allocatePicked(arena, rows),
    output: {
      history: arena.tensor('history', [rows, maxPositions], 'u32'),
      lengths: perRow('lengths'),
      finished: perRow('finished'),
      streams: perRow('streams'),
    },
  };
}
