/** What a model on the Hub is, asked before any weight is fetched: config and licence first, then the list of files. */
import { indexFile, shardsOf, weightsFile } from '../formats/layout';
import { frontMatter, licenceOf } from '../formats/licence';
import { parseConfig } from '../model/config';
import { parameterCount } from '../model/tensors';
import type { HubClient } from './client';

import { type Listing, neededFiles, readListing, weightsOf } from './listing';
import type { HubModel, Licence } from './types';

/** Throws a StudioError: `unknown-architecture`, `config-invalid`, or one that begins with `hub-`. */
export async function lookUp(client: HubClient, signal: AbortSignal): Promise<HubModel> {
  const { name, endpoint, revision } = client.reference;
  const listing = readListing(await client.model(signal), endpoint);
  const { commit } = listing;
  const weights = weightsOf(name, listing);
  const read = async (file: string) => client.parse(await client.file(commit, file, signal), file);
  const generation = listing.files.has('generation_config.json') ? await read('generation_config.json') : undefined;
  const config = parseConfig(await read('config.json'), generation);
  const shards = weights === 'single' ? [weightsFile] : shardsOf(name, await read(indexFile));
  const files = neededFiles(name, listing, weights === 'single' ? shards : [indexFile, ...shards]);
  return {
    ...{ name, endpoint, revision, commit },
    licence: await findLicence(client, listing, signal),
    architecture: config.architecture,
    parameters: parameterCount(config),
    files,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}

async function findLicence(
  client: HubClient,
  { card, commit, files }: Listing,
  signal: AbortSignal,
): Promise<Licence | undefined> {
  const { endpoint, name } = client.reference;
  const page = `${endpoint}/${name}/blob/${commit}`;
  const stated = licenceOf(card, page);
  if (stated || !files.has('README.md')) return stated;
  return licenceOf(frontMatter(await client.file(commit, 'README.md', signal)), page);
}
