/** Where large files of the small Hub go: signed addresses, whole files and files in parts, as a store of S3's kind has them. */
import { createHash } from 'node:crypto';

export interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const digest = (kind: 'sha1' | 'sha256', ...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash(kind);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

interface Batch {
  readonly objects: { oid: string; size: number }[];
  readonly transfers: string[];
  readonly hash_algo: string;
}

/** Nothing is taken that does not have the checksum it was announced with. */
export class FakeStore {
  origin = '';
  /** Large files by their checksum, whichever repository they are in. */
  readonly objects = new Map<string, Buffer>();
  /** Files from this size on are sent in parts of `partBytes`. */
  multipartFrom = Number.POSITIVE_INFINITY;
  partBytes = 50_000;
  private readonly parts = new Map<string, { readonly oid: string; readonly pieces: Map<number, Buffer> }>();
  private given = 0;

  /** Answers the Hub's question about large files: those that are here need no address. */
  batch({ objects, transfers, hash_algo }: Batch, endpoint: string): unknown {
    if (hash_algo !== 'sha_256' || !transfers.includes('multipart')) throw new Error('not a batch of the Hub');
    const made = objects.map(({ oid, size }) => {
      if (this.objects.has(oid)) return { oid, size };
      const verify = { href: `${endpoint}/verify`, header: {} };
      const address = `${this.origin}/${oid}?X-Amz-Signature=${this.given++}`;
      if (size < this.multipartFrom) return { oid, size, actions: { upload: { href: address }, verify } };
      const id = `${oid}-${this.given++}`;
      this.parts.set(id, { oid, pieces: new Map() });
      const count = Math.ceil(size / this.partBytes);
      const numbers = Array.from({ length: count }, (_, i) => String(i + 1).padStart(5, '0'));
      const header = Object.fromEntries(
        numbers.map((n) => [n, `${this.origin}/${id}?partNumber=${Number(n)}&X-Amz-Signature=s`]),
      );
      const href = `${endpoint}/api/complete_multipart?uploadId=${id}`;
      return {
        oid,
        size,
        actions: { upload: { href, header: { ...header, chunk_size: String(this.partBytes) } }, verify },
      };
    });
    return { transfer: 'multipart', objects: made };
  }

  put(
    { path, authorization }: { readonly path: string; readonly authorization: string | undefined },
    body: Buffer,
  ): Answer {
    // A signed address with a token beside it is refused by a real store.
    if (authorization) return { status: 400 };
    const [, key = '', part] = /^\/([^?]+)\?(?:partNumber=(\d+))?/.exec(path) ?? [];
    const tag = { etag: `"${digest('sha1', body)}"` };
    if (part) {
      const upload = this.parts.get(key);
      if (!upload) return { status: 404 };
      upload.pieces.set(Number(part), body);
      return { headers: tag };
    }
    if (digest('sha256', body) !== key) return { status: 400 };
    this.objects.set(key, body);
    return { headers: tag };
  }

  /** Ends every upload in parts that is under way: their addresses no longer hold. */
  expire(): void {
    this.parts.clear();
  }

  /** Puts the parts together; nothing is left of the upload then. */
  complete(path: string, { oid, parts }: { oid: string; parts: { partNumber: number; etag: string }[] }): Answer {
    const id = /uploadId=(.+)$/.exec(path)?.[1] ?? '';
    const upload = this.parts.get(id);
    const pieces = parts.map(({ partNumber }) => upload?.pieces.get(partNumber) ?? Buffer.alloc(0));
    const right = parts.every(({ etag }, i) => etag === `"${digest('sha1', pieces[i] ?? '')}"`);
    const bytes = Buffer.concat(pieces);
    if (!upload || !right || digest('sha256', bytes) !== oid) return { status: 400, json: { error: 'NoSuchUpload' } };
    this.parts.delete(id);
    this.objects.set(oid, bytes);
    return { json: { success: true } };
  }
}
