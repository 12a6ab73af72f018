/** The Hub's answer about a model, checked, and the files of it that the studio needs. */
import * as v from 'valibot';
import { indexFile, smallFiles, weightsFile } from '../formats/layout';
import { isLegal } from '../formats/licence';
import { StudioError, shorten } from '../studioError';
import type { Digest, HubFile } from './types';

/** Far more than any model has, and so that all files together are still counted exactly. */
const [MOST_FILES, MOST_BYTES] = [8000, 2 ** 40];

const sibling = v.object({
  rfilename: v.string(),
  size: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MOST_BYTES))),
  blobId: v.nullish(v.string()),
  lfs: v.nullish(v.object({ sha256: v.nullish(v.string()), oid: v.nullish(v.string()) })),
});

const schema = v.object({
  sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/)),
  cardData: v.nullish(v.record(v.string(), v.unknown())),
  siblings: v.pipe(v.array(sibling), v.maxLength(MOST_FILES)),
});

export interface Listing {
  readonly commit: string;
  readonly card: Readonly<Record<string, unknown>>;
  /** By path, of the model's own folder. */
  readonly files: ReadonlyMap<string, v.InferOutput<typeof sibling>>;
}

export function readListing(json: unknown, endpoint: string): Listing {
  const parsed = v.safeParse(schema, json, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const reason = shorten(v.getDotPath(issue) ?? issue.message);
    const message = `${endpoint} does not describe the model as a Hub does (${reason}).`;
    throw new StudioError('hub-listing', message, { endpoint, reason });
  }
  const { sha, cardData, siblings } = parsed.output;
  const files = new Map(siblings.map((file) => [file.rfilename, file]));
  return { commit: sha, card: cardData ?? {}, files };
}

/** Refuses a model that is not whole. Whether its weights are in one file or in shards is the answer. */
export function weightsOf(name: string, { files }: Listing): 'single' | 'sharded' {
  const missing = ['config.json', 'tokenizer.json', 'tokenizer_config.json'].filter((file) => !files.has(file));
  if (missing.length > 0) {
    const message = `The model ${name} lacks ${missing.join(', ')}, which the studio needs.`;
    throw new StudioError('hub-files-missing', message, { name, files: missing.join(', ') });
  }
  if (files.has(weightsFile)) return 'single';
  if (files.has(indexFile)) return 'sharded';
  const other = [...files.keys()].filter((file) => /\.(bin|gguf|pt|pth|onnx|safetensors|h5)$/.test(file)).slice(0, 3);
  const found = shorten(other.join(', ')) || '–';
  const message = `The model ${name} has no ${weightsFile} and no index of shards (there is: ${found}); other formats are not read.`;
  throw new StudioError('hub-no-safetensors', message, { name, found });
}

/** Config and tokenizer files and the terms of use, then the weights: nothing else is fetched. */
export function neededFiles(name: string, { files }: Listing, weights: readonly string[]): readonly HubFile[] {
  const legal = [...files.keys()].filter(isLegal);
  const wanted = [...smallFiles.filter((file) => files.has(file)), ...legal, ...weights];
  return wanted.map((path) => {
    const entry = files.get(path);
    if (entry?.size != null) return { path, bytes: entry.size, digest: digestOf(entry) };
    const message = `The model ${name} lacks ${path}, or its size is not listed.`;
    throw new StudioError('hub-files-missing', message, { name, files: path });
  });
}

export function digestOf({ blobId, lfs }: v.InferOutput<typeof sibling>): Digest | undefined {
  const sha256 = lfs?.sha256 ?? lfs?.oid;
  if (lfs) return sha256 && /^[0-9a-f]{64}$/.test(sha256) ? { kind: 'sha256', hex: sha256 } : undefined;
  return blobId && /^[0-9a-f]{40}$/.test(blobId) ? { kind: 'git', hex: blobId } : undefined;
}
