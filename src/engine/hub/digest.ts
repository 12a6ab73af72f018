/** Checksums of files that come in pieces: SHA-256 as the Hub keeps it of large files, git's own of small ones. */
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { HubFile } from './types';

export interface Checksum {
  add(bytes: Uint8Array): void;
  /** Called once, at the end: whether the bytes were those that the Hub lists. */
  agrees(): boolean;
}

export function checksum({ bytes, digest }: HubFile): Checksum {
  if (!digest) return { add: () => {}, agrees: () => true };
  const hash = digest.kind === 'git' ? sha1.create() : sha256.create();
  if (digest.kind === 'git') hash.update(new TextEncoder().encode(`blob ${bytes}\0`));
  return {
    add: (piece) => {
      hash.update(piece);
    },
    agrees: () => bytesToHex(hash.digest()) === digest.hex,
  };
}
