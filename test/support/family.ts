/** The goldens of the family (test/fixtures/family/make_family.py): folders, rows, tensors by group. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenRow } from '../../src/engine/data/examples';
import { readFloats } from '../../src/engine/formats/floats';
import { blobSource } from '../../src/engine/formats/folder';
import { openSafetensors } from '../../src/engine/formats/safetensors';

/** Narrow heads and odd sizes, then the families that differ by more than sizes. */
export const familyNames = ['narrow', 'qwen3', 'llama3', 'smollm', 'qwen2'] as const;
export type FamilyName = (typeof familyNames)[number];

interface Facts {
  readonly rows: readonly { readonly prompt: readonly number[]; readonly answer: readonly number[] }[];
  readonly lora: { readonly rank: number; readonly alpha: number };
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly losses: readonly number[];
  readonly distill: {
    readonly teacher: FamilyName;
    readonly temperature: number;
    readonly divergenceWeight: number;
    readonly losses: readonly number[];
  };
}

export function familyFolder(name: FamilyName): string {
  return join(import.meta.dirname, '../fixtures/family', name);
}

/** Every tensor of a safetensors file of the fixtures, as f32. */
async function floatsOf(path: string): Promise<ReadonlyMap<string, Float32Array<ArrayBuffer>>> {
  const source = blobSource(path, new Blob([readFileSync(path)]));
  const { tensors } = await openSafetensors(source);
  const read = [...tensors].filter(([name]) => name !== 'ids');
  return new Map(
    await Promise.all(read.map(async ([name, info]) => [name, await readFloats({ source, info })] as const)),
  );
}

export async function familyGoldens(name: FamilyName) {
  const folder = familyFolder(name);
  const tensors = await floatsOf(join(folder, 'goldens.safetensors'));
  const facts: Facts = JSON.parse(readFileSync(join(folder, 'goldens.json'), 'utf8'));
  const rows: TokenRow[] = facts.rows.map(({ prompt, answer }, i) => ({
    prompt: Uint32Array.from(prompt),
    answer: Uint32Array.from(answer),
    example: { line: i + 1, messages: [], question: '', answer: '' },
  }));
  return {
    folder,
    facts,
    rows,
    ids: await idsOf(join(folder, 'goldens.safetensors')),
    tensor: (key: string) => tensors.get(key)!,
    /** The tensors of `initial`, `gradient`, `final` or `distilled`, by PEFT's names. */
    group: (prefix: string) =>
      new Map(
        [...tensors].flatMap(([key, value]) =>
          key.startsWith(`${prefix}.`) ? [[key.slice(prefix.length + 1), value] as const] : [],
        ),
      ),
    /** The projections that PEFT merged, by checkpoint name. */
    merged: () => floatsOf(join(folder, 'merged.safetensors')),
  };
}

async function idsOf(path: string): Promise<Uint32Array> {
  const source = blobSource(path, new Blob([readFileSync(path)]));
  const { start, end } = (await openSafetensors(source)).tensors.get('ids')!;
  return new Uint32Array((await source.read(start, end)).slice().buffer);
}
