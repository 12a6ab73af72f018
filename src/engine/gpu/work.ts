/** What dispatches have to do, stated by the ops that record them: counted alike on a device and on paper. */

/**
 * `flops`: additions, multiplications and functions of single numbers, one each (a multiply-add is two).
 * `bytes`: inputs and outputs, each moved once; what a kernel reads again, caches may serve.
 */
export interface Work {
  readonly flops: number;
  readonly bytes: number;
}

export interface Count extends Work {
  readonly dispatches: number;
}

export function addCounts(counts: Iterable<Count>): Count {
  const sum = { dispatches: 0, flops: 0, bytes: 0 };
  for (const { dispatches, flops, bytes } of counts) {
    sum.dispatches += dispatches;
    sum.flops += flops;
    sum.bytes += bytes;
  }
  return sum;
}

/** The work of parts that one dispatch does. */
export function sumOf<T>(parts: readonly T[], work: (part: T, index: number) => Work): Work {
  const sum = { flops: 0, bytes: 0 };
  for (const [index, part] of parts.entries()) {
    const { flops, bytes } = work(part, index);
    sum.flops += flops;
    sum.bytes += bytes;
  }
  return sum;
}

/** The same work, computed once: of each row, and what comes whatever their number. */
export function byRows(work: (rows: number) => Work): (rows: number) => Work {
  const [none, one] = [work(0), work(1)];
  const each = { flops: one.flops - none.flops, bytes: one.bytes - none.bytes };
  return (rows) => ({ flops: none.flops + rows * each.flops, bytes: none.bytes + rows * each.bytes });
}

/** Work by op: shader stem and entry point. */
export class Tally {
  private readonly counts = new Map<string, { dispatches: number; flops: number; bytes: number }>();

  add(op: string, { flops, bytes }: Work): void {
    const so = this.counts.get(op);
    if (!so) {
      this.counts.set(op, { dispatches: 1, flops, bytes });
      return;
    }
    so.dispatches++;
    so.flops += flops;
    so.bytes += bytes;
  }

  get byOp(): ReadonlyMap<string, Count> {
    return this.counts;
  }

  get total(): Count {
    return addCounts(this.counts.values());
  }

  restart(): void {
    this.counts.clear();
  }
}

/** Bytes of so many f32 or u32 values. */
export function words(count: number): number {
  return 4 * count;
}

/** Bytes of so many bf16 values. */
export function halves(count: number): number {
  return 2 * count;
}
