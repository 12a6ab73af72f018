/** The small JSON files beside a stored model, which say what it is: read with suspicion, never seen half written. */
import * as v from 'valibot';
import { StudioError } from '../studioError';
import { type Directory, exceptionName, ifThere } from './directory';
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
    licence: v.optional(v.object({ id: v.string(), link: v.optional(v.string()), commercial: v.boolean() })),
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
  const file = await (await ifThere(folder.getFileHandle(name)))?.getFile();
  try {
    const parsed = v.safeParse(record, JSON.parse((await file?.text()) ?? ''));
    if (!parsed.success) return undefined;
    const { date, model } = parsed.output;
    const licence = model.licence && { ...model.licence, link: model.licence.link };
    const files = model.files.map((entry) => ({ ...entry, digest: entry.digest }));
    return { date, model: { ...model, licence, files } };
  } catch {
    return undefined;
  }
}

export async function writeRecord(folder: Directory, name: string, kept: Kept): Promise<void> {
  const handle = await folder.getFileHandle(`${name}.part`, { create: true });
  const part = await shared(kept.model.name, () => handle.createSyncAccessHandle());
  try {
    part.truncate(0);
    part.write(new TextEncoder().encode(JSON.stringify({ version, ...kept })), { at: 0 });
    part.flush();
  } finally {
    part.close();
  }
  await handle.move(name);
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
