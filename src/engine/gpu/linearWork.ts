/** What projections have to do, as `linear` states it. */
import type { Halves } from './linearRoom';
import type { Tensor } from './tensor';
import { halves, sumOf, type Work, words } from './work';

interface Part {
  /** [outputs, inputs] */
  readonly weight: Tensor;
  readonly bias?: Tensor | undefined;
  readonly low?: { readonly adapter: { readonly rank: number } } | undefined;
}

/** y = x Wᵀ of every part, with its adapter */
export function forwardWork(rows: number, residual: boolean, parts: readonly Part[]): Work {
  return sumOf(parts, ({ weight, bias, low }, index) => {
    const [outputs, inputs] = [weight.shape[0]!, weight.shape[1]!];
    const rank = low?.adapter.rank ?? 0;
    const added = (bias ? 1 : 0) + (residual ? 1 : 0);
    const x = index === 0 ? rows * inputs : 0;
    return {
      flops: rows * outputs * (2 * (inputs + rank) + added),
      bytes:
        halves(outputs * (inputs + (bias ? 1 : 0))) +
        words(x + rows * rank + outputs * rank + rows * outputs * (residual ? 2 : 1)),
    };
  });
}

/** dx (+)= Σ dy W over the parts, with their adapters */
export function backwardWork(rows: number, accumulate: boolean, parts: readonly Part[]): Work {
  return sumOf(parts, ({ weight, low }, index) => {
    const [outputs, inputs] = [weight.shape[0]!, weight.shape[1]!];
    const rank = low?.adapter.rank ?? 0;
    const dx = index === 0 ? rows * inputs * (accumulate ? 2 : 1) : 0;
    return {
      flops: rows * inputs * (2 * (outputs + rank) + (accumulate || index > 0 ? 1 : 0)),
      bytes: halves(outputs * inputs) + words(rows * (outputs + rank) + rank * inputs + dx),
    };
  });
}

/** The sums are no work of a model: what they cost is the kernel's. */
export function sumsWork(count: number, splits: number): Work {
  return { flops: count * splits, bytes: words(count * (splits + 1)) };
}

/** Halves are no work of a model either: cut from f32, which the dispatch may read for something else anyway, they are as long. */
export function halvesWork({ rows, values }: Halves, read: boolean): Work {
  const count = rows * values.shape[1]!;
  return { flops: 4 * count, bytes: words(read ? 2 * count : count) };
}
