/**
 * What a frozen teacher said of rows before: its final hidden states at their label positions, for the epochs after the
 * first. They are kept on the card as far as a budget goes, beyond it in a file; a row that neither takes is computed anew.
 */
import type { PackedBatch } from '../data/batches';
import type { Arena } from '../gpu/arena';
import type { Gpu } from '../gpu/gpu';
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { download, upload } from '../gpu/transfer';

/** Bytes on the card, at most: all of the published run's, and a small part of any card that holds a 3B. */
const CARD_BYTES = 512 << 20;
const PAGE_BYTES = 64 << 20;

/** A file of a run's own; writing fails, or writes less, when there is no room for more. */
export interface ScratchFile {
  read(buffer: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  write(buffer: Uint8Array<ArrayBuffer>, options: { at: number }): number;
}

export interface StateSpace {
  readonly hidden: number;
  /** Label positions of a page. */
  readonly perPage: number;
  /** [perPage, hidden] each, the last one as long as it must be. */
  readonly pages: readonly Tensor[];
}

/** Room for so many label positions, or for those that the budget in bytes allows. */
export function allocateStates(arena: Arena, hidden: number, labels: number, budget = CARD_BYTES): StateSpace {
  const perPage = Math.floor(PAGE_BYTES / (4 * hidden));
  const room = Math.min(labels, Math.floor(budget / (4 * hidden)));
  const pages = Array.from({ length: Math.ceil(room / perPage) }, (_, page) =>
    arena.tensor(`states.${page}`, [Math.min(perPage, room - page * perPage), hidden]),
  );
  return { hidden, perPage, pages };
}

type Source = PackedBatch['sources'][number];

/** Where the states of a row are: from which label position on the card, or from which byte of the file. */
interface Place {
  readonly of: 'card' | 'file';
  readonly at: number;
}

export class TeacherStates {
  private readonly space: StateSpace;
  private readonly file: ScratchFile | undefined;
  private readonly places = new Map<Source['row'], Place>();
  /** Label positions on the card and bytes in the file that are taken. */
  private onCard = 0;
  private inFile = 0;
  private fileFull = false;

  constructor(space: StateSpace, file?: ScratchFile) {
    this.space = space;
    this.file = file;
  }

  /** Whether all rows of the batch are kept. */
  has({ sources }: PackedBatch): boolean {
    return sources.every(({ row }) => this.places.has(row));
  }

  /**
   * Those of a kept batch that are in the file, before what is recorded next: → `to` [labels, hidden]. Rows that cannot be
   * read are forgotten: the batch is then kept no longer.
   */
  upload(gpu: Gpu, batch: PackedBatch, to: Tensor): void {
    for (const { row, labels, first } of located(batch)) {
      const place = this.places.get(row);
      if (place?.of !== 'file') continue;
      const bytes = new Uint8Array(labels * this.rowBytes);
      if (this.read(bytes, place.at)) upload(gpu, this.view(to, first, labels), bytes);
      else this.places.delete(row);
    }
  }

  /** Those of a kept batch that are on the card: → `to` [labels, hidden]. */
  recall(rec: Recorder, batch: PackedBatch, to: Tensor): void {
    for (const { row, labels, first } of located(batch)) {
      const place = this.places.get(row);
      if (place?.of !== 'card') continue;
      for (const { page, from, offset, count } of this.pieces(place.at, labels)) {
        rec.copy(this.view(page, from, count), this.view(to, first + offset, count));
      }
    }
  }

  /** Keeps rows that are not kept yet, as many as fit on the card: `from` [labels, hidden]. */
  keep(rec: Recorder, batch: PackedBatch, from: Tensor): void {
    const room = this.space.pages.reduce((sum, { shape }) => sum + shape[0]!, 0);
    for (const { row, labels, first } of located(batch)) {
      if (this.places.has(row) || this.onCard + labels > room) continue;
      for (const { page, from: at, offset, count } of this.pieces(this.onCard, labels)) {
        rec.copy(this.view(from, first + offset, count), this.view(page, at, count));
      }
      this.places.set(row, { of: 'card', at: this.onCard });
      this.onCard += labels;
    }
  }

  /** Once the batch was computed: keeps what did not fit on the card in the file. */
  async store(gpu: Gpu, batch: PackedBatch, from: Tensor): Promise<void> {
    if (!this.file || this.fileFull || this.has(batch)) return;
    const states = await download(gpu, from, batch.labels * this.rowBytes);
    for (const { row, labels, first } of located(batch)) {
      if (this.places.has(row) || this.fileFull) continue;
      const bytes = new Uint8Array(states, first * this.rowBytes, labels * this.rowBytes);
      if (!this.write(bytes)) continue;
      this.places.set(row, { of: 'file', at: this.inFile });
      this.inFile += bytes.byteLength;
    }
  }

  private read(bytes: Uint8Array<ArrayBuffer>, at: number): boolean {
    try {
      return this.file?.read(bytes, { at }) === bytes.byteLength;
    } catch {
      // The browser's storage may be emptied at any time: what is lost is computed anew.
      return false;
    }
  }

  private write(bytes: Uint8Array<ArrayBuffer>): boolean {
    try {
      this.fileFull = this.file?.write(bytes, { at: this.inFile }) !== bytes.byteLength;
    } catch {
      // No room, or no longer allowed: what is not kept is computed anew.
      this.fileFull = true;
    }
    return !this.fileFull;
  }

  private get rowBytes(): number {
    return 4 * this.space.hidden;
  }

  /** Label positions `at` to `at + count` on the card, page by page. */
  private pieces(at: number, count: number) {
    const { perPage, pages } = this.space;
    const pieces: { page: Tensor; from: number; offset: number; count: number }[] = [];
    for (let offset = 0; offset < count; ) {
      const from = (at + offset) % perPage;
      const fits = Math.min(count - offset, perPage - from);
      pieces.push({ page: pages[Math.floor((at + offset) / perPage)]!, from, offset, count: fits });
      offset += fits;
    }
    return pieces;
  }

  private view(tensor: Tensor, first: number, count: number): Tensor {
    const { hidden } = this.space;
    const bytes = count * this.rowBytes;
    return { ...tensor, shape: [count, hidden], offset: tensor.offset + first * this.rowBytes, bytes };
  }
}

/** The rows of a batch and the first label position of each. */
function located({ sources }: PackedBatch): readonly (Source & { readonly first: number })[] {
  let first = 0;
  return sources.map((source) => {
    const at = first;
    first += source.labels;
    return { ...source, first: at };
  });
}
