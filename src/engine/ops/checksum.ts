/** What tells the bits of some tensors from those of others: 64 bits, computed where the tensors are. */
import type { Recorder } from '../gpu/recorder';
import type { Tensor } from '../gpu/tensor';
import { words } from '../gpu/work';

const WIDTH = 64;
const MOST_GROUPS = 1024;

/**
 * Adds to pair `index` of `sums` u32 [·, 2] over the 32-bit words of `tensor`, which begin at word `first` of what is summed: parts
 * of a tensor add up to the pair of the whole. An odd number of bf16 values ends with a zero.
 */
export function add(
  rec: Recorder,
  { tensor, index, first }: { readonly tensor: Tensor; readonly index: number; readonly first: number },
  sums: Tensor,
): void {
  const count = Math.ceil(tensor.bytes / 4);
  const groups = Math.min(MOST_GROUPS, Math.max(1, Math.ceil(count / (WIDTH * 32))));
  const params = { count, threads: groups * WIDTH, index, first };
  const work = { flops: 0, bytes: words(count) };
  rec.dispatch({
    ...{ stem: 'checksum', entry: 'add', bind: { words: tensor, sums }, params, grid: [groups], work },
  });
}
