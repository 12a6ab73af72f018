/** The small JSON files beside a stored model, which say what it is: read with suspicion, never seen half written. */
import * as v from 'valibot';
import { StudioError } from '../studioError';
import { type Directory, exceptionName } from './directory';
import { readJsonFile, writeJsonFile } from './jsonFile';
import type { HubModel } from './types';

const version = 1;

const hubFile = v.object({
  path: v.pipe(v.string(), v.regex(/^[^/\\]+$/)),
  bytes: v.number(),
  digest: v.optional(v.object({ kind: v.picklist(['sha256', 'git']), hex: v.string() })),
});

const record = v.object({
  version: v.literal(version),
  date: v.number(),
  model: v.object({
    ...{ name: v.string(), endpoint: v.string(), revision: v.string(), commit: v.string() },
    ...{ architecture: v.string(), parameters: v.number(), bytes: v.number() },
    licence: v.optional(
      v.object({
        ...{ id: v.string(), link: v.optional(v.string()), commercial: v.boolean() },
        ownTerms: v.exactOptional(v.boolean()),
      }),
    ),
    files: v.array(hubFile),
  }),
});
type Kept = Pick<v.InferOutput<typeof record>, 'date'> & { readonly model: HubModel };

/** The folder's name: the model at one commit, wherever it came from. */
export function keyOf({ name, commit }: Pick<HubModel, 'name' | 'commit'>): string {
  return `${name.replace('/', '--')}@${commit.slice(0, 12)}`;
}

/** A record that cannot be read is as good as none. */
export async function readRecord(folder: Directory, name: string): Promise<Kept | undefined> {
  const parsed = v.safeParse(record, await readJsonFile(folder, name));
  if (!parsed.success) return undefined;
  const { date, model } = parsed.output;
  const licence = model.licence && { ...model.licence, link: model.licence.link };
  const files = model.files.map((entry) => ({ ...entry, digest: entry.digest }));
  return { date, model: { ...model, licence, files } };
}

export async function writeRecord(folder: Directory, name: string, kept: Kept): Promise<void> {
  await writeJsonFile(folder, name, { version, ...kept }, (open) => shared(kept.model.name, open));
}

/** One writer at a time: another tab may be fetching the same model. */
export async function shared<T>(model: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (exceptionName(error) !== 'NoModificationAllowedError') throw error;
    const message = `${model} is being used by another tab or another download. Close it, or wait until it has ended.`;
    throw new StudioError('stored-busy', message, { name: model });
  }
}
