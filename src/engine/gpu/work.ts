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

const none: Count = { dispatches: 0, flops: 0, bytes: 0 };

export function addCounts(counts: Iterable<Count>): Count {
  let sum = none;
  for (const { dispatches, flops, bytes } of counts) {
    sum = { dispatches: sum.dispatches + dispatches, flops: sum.flops + flops, bytes: sum.bytes + bytes };
  }
  return sum;
}

/** The work of parts that one dispatch does. */
export function sumOf<T>(parts: readonly T[], work: (part: T, index: number) => Work): Work {
  const { flops, bytes } = addCounts(parts.map((part, index) => ({ dispatches: 0, ...work(part, index) })));
  return { flops, bytes };
}

/** Work by op: shader stem and entry point. */
export class Tally {
  private readonly counts = new Map<string, Count>();

  add(op: string, { flops, bytes }: Work): void {
    const so = this.counts.get(op) ?? none;
    this.counts.set(op, { dispatches: so.dispatches + 1, flops: so.flops + flops, bytes: so.bytes + bytes });
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
