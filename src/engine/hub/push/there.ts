/** What of a folder a repository holds already, byte for byte: that is not sent again. */
import * as v from 'valibot';
import { StudioError } from '../../studioError';
import type { HubClient } from '../client';
import { checksum } from '../digest';
import { digestOf, type Listing, readListing } from '../listing';
import type { Meter } from './meter';
import { pieceBytes } from './pieces';
import type { PushFile, Visibility } from './types';

export interface Found {
  readonly visibility: Visibility;
  readonly listing: Listing;
}

const seen = v.object({ private: v.optional(v.boolean()) });

/** The repository as it is; undefined where the Hub shows none. A server that does not say that it is private shows it to all. */
export async function lookUpRepository(client: HubClient, signal: AbortSignal): Promise<Found | undefined> {
  try {
    const json = await client.model(signal);
    const listing = readListing(json, client.reference.endpoint);
    const parsed = v.safeParse(seen, json);
    return { visibility: parsed.success && parsed.output.private ? 'private' : 'public', listing };
  } catch (error) {
    if (error instanceof StudioError && error.code === 'hub-not-found') return undefined;
    throw error;
  }
}

/** The files that the repository lacks or has otherwise. */
export async function differing(
  files: readonly PushFile[],
  { listing }: Found,
  meter: Meter,
  signal: AbortSignal,
): Promise<readonly PushFile[]> {
  const alike = files.filter(({ path, file }) => listing.files.get(path)?.size === file.size);
  meter.phase('comparing', alike);
  const same = new Set<PushFile>();
  for (const one of alike) if (await isSame(one, listing, meter, signal)) same.add(one);
  return files.filter((file) => !same.has(file));
}

async function isSame({ path, file }: PushFile, listing: Listing, meter: Meter, signal: AbortSignal): Promise<boolean> {
  const entry = listing.files.get(path);
  const digest = entry && digestOf(entry);
  if (!digest) return false;
  const sum = checksum({ path, bytes: file.size, digest });
  for (let at = 0; at < file.size; at += pieceBytes) {
    signal.throwIfAborted();
    const piece = new Uint8Array(await file.slice(at, at + pieceBytes).arrayBuffer());
    sum.add(piece);
    meter.add(path, piece.length);
  }
  return sum.agrees();
}
