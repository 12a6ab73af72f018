/** Rows to feed the page with. */

/** Rows of the demo's task for the numbers given: two addends whose sum is the question. */
export function sumRows(numbers: readonly number[]): string {
  let state = 1;
  const lines = numbers.map((sum) => {
    // A linear congruential generator: the same rows in every run.
    state = (state * 48271) % 2147483647;
    const first = state % sum;
    return JSON.stringify({
      instruction: String(sum),
      input: '',
      output: `王大丫丫的回答是--->${first} + ${sum - first}`,
    });
  });
  return `${lines.join('\n')}\n`;
}

export function range(from: number, count: number, step = 1): number[] {
  return Array.from({ length: count }, (_, i) => from + i * step);
}

/** The first bytes of a PNG file. */
export const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');
