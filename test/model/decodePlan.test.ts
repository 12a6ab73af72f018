import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/engine/model/config';
import { decodeGroups } from '../../src/engine/model/decodePlan';
import { qwenJson } from '../support/qwen';

const config = parseConfig(qwenJson('config-Qwen2.5-3B-Instruct.json'));

/** Prompts of these lengths that begin alike. */
const prompts = (shared: number, lengths: readonly number[]) =>
  lengths.map((length, i) => Uint32Array.from({ length }, (_, t) => (t < shared ? t : 1000 + i)));

const sizes = (groups: readonly number[][]) => groups.map((group) => group.length);

describe('prompts decoded together', () => {
  it('are each in one group, whatever their lengths', () => {
    const lengths = Array.from({ length: 300 }, (_, i) => 1 + ((i * 37) % 500));
    const groups = decodeGroups(config, prompts(0, lengths), 32);
    expect(groups.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
    for (const group of groups) {
      const own = group.map((i) => lengths[i]!);
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
  });

  it('are many when short, and a prefix that all share counts once', () => {
    const alone = sizes(decodeGroups(config, prompts(0, new Array(290).fill(60)), 32));
    const shared = sizes(decodeGroups(config, prompts(50, new Array(290).fill(60)), 32));
    expect(alone[0]).toBeGreaterThan(16);
    expect(shared[0]).toBeGreaterThan(2 * alone[0]!);
    expect(shared[0]).toBeLessThanOrEqual(128);
  });

  it('do not become few because one of them is long', () => {
    const lengths = new Array<number>(100).fill(60);
    const before = sizes(decodeGroups(config, prompts(50, lengths), 32));
    const after = sizes(decodeGroups(config, prompts(50, [...lengths, 4000]), 32));
    expect(after).toEqual([...before, 1]);
  });
});
