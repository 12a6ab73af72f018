/** Which matmul kernels were fastest, and which a person wants, from one visit to the next. */
import * as v from 'valibot';
import type { Wishes } from './gpu/device';
import { type Timing, type Variant, variantNames } from './gpu/variants';
import type { Directory } from './hub/directory';
import { readJsonFile, writeJsonFile } from './hub/jsonFile';

const [folderName, fileName, wishesName] = ['kernels', 'choices.json', 'wishes.json'];

export interface Choices {
  readonly forced: Variant | undefined;
  readonly timings: readonly Timing[];
}

/** What the times were measured with: another adapter or other kernels have other times. */
export interface Bench {
  readonly adapter: string;
  readonly digest: string;
}

const variant = v.picklist(variantNames);
export const choicesSchema = v.object({
  ...{ adapter: v.string(), digest: v.string(), forced: v.optional(variant, () => undefined) },
  timings: v.pipe(
    v.array(
      v.object({
        product: v.picklist(['forward', 'backward']),
        ...{ rows: v.number(), inputs: v.number(), outputs: v.number() },
        milliseconds: v.record(variant, v.optional(v.number())),
      }),
    ),
    v.readonly(),
  ),
});

const wishesSchema = v.object({ matrices: v.boolean() });

/** Undefined when nothing was kept for this adapter and these kernels, or nothing can be. */
export async function readChoices(storage: () => Promise<Directory>, bench: Bench): Promise<Choices | undefined> {
  const found = await inFolder(storage, (folder) => readJsonFile(folder, fileName));
  const parsed = v.safeParse(choicesSchema, found);
  if (!parsed.success) return undefined;
  const { adapter, digest, forced, timings } = parsed.output;
  return adapter === bench.adapter && digest === bench.digest ? { forced, timings } : undefined;
}

/** What cannot be kept is measured again on the next visit. */
export async function writeChoices(storage: () => Promise<Directory>, bench: Bench, choices: Choices): Promise<void> {
  await inFolder(storage, (folder) => writeJsonFile(folder, fileName, { ...bench, ...choices }));
}

/** Nothing is wished where nothing can be read. */
export async function readWishes(storage: () => Promise<Directory>): Promise<Wishes> {
  const parsed = v.safeParse(wishesSchema, await inFolder(storage, (folder) => readJsonFile(folder, wishesName)));
  return parsed.success ? parsed.output : { matrices: false };
}

/** What cannot be kept is not wished on the next visit: `readWishes` tells. */
export async function writeWishes(storage: () => Promise<Directory>, wishes: Wishes): Promise<void> {
  await inFolder(storage, (folder) => writeJsonFile(folder, wishesName, wishes));
}

async function inFolder<T>(storage: () => Promise<Directory>, work: (folder: Directory) => Promise<T>) {
  try {
    return await work(await (await storage()).getDirectoryHandle(folderName, { create: true }));
  } catch {
    return undefined;
  }
}
