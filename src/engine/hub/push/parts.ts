/**
 * Parts of large files that a store has already, kept for as long as the page lives: a Hub that is asked again gives new
 * addresses and would have the whole file once more. The addresses are signed, so they are written nowhere.
 */
import * as v from 'valibot';

const batch = v.looseObject({
  objects: v.array(
    v.looseObject({
      oid: v.string(),
      actions: v.optional(
        v.looseObject({
          upload: v.optional(
            v.looseObject({ href: v.string(), header: v.optional(v.record(v.string(), v.unknown())) }),
          ),
        }),
      ),
    }),
  ),
});

type Upload = Readonly<Record<string, unknown>>;

export class Parts {
  /** Uploads in parts by the checksum of their file, and what the store called the parts that it has. */
  private readonly uploads = new Map<string, Upload>();
  private readonly tags = new Map<string, string>();

  /** The Hub's answer about large files, with the addresses of an upload that was begun in place of new ones. */
  async goOn(response: Response): Promise<Response> {
    const parsed = v.safeParse(batch, await response.clone().json());
    if (!parsed.success) return response;
    const { objects, ...rest } = parsed.output;
    const same = objects.map((object) => {
      const upload = object.actions?.upload;
      if (!upload?.header?.chunk_size) return object;
      const begun = this.uploads.get(object.oid) ?? upload;
      this.uploads.set(object.oid, begun);
      return { ...object, actions: { ...object.actions, upload: begun } };
    });
    return Response.json({ ...rest, objects: same });
  }

  /** Whether an upload in parts is ended at this address. */
  endsAt(address: string): boolean {
    return [...this.uploads.values()].some(({ href }) => href === address);
  }

  /** What the store called the part that was sent to this address. */
  tagOf(address: string): string | undefined {
    return this.tags.get(address);
  }

  arrived(address: string, tag: string): void {
    this.tags.set(address, tag);
  }

  /** Nothing that was begun holds any longer. */
  forget(): void {
    this.uploads.clear();
    this.tags.clear();
  }
}
