/** Twin of shaders/checksum.wgsl, exact. */

/** The pair that some words add up to, which begin at word `first`. */
export function add(words: ArrayLike<number>, first: number): [number, number] {
  let [one, other] = [0, 0];
  for (let i = 0; i < words.length; i++) {
    const place = mix((first + i) >>> 0);
    one = (one + mix((words[i]! ^ place) >>> 0)) >>> 0;
    other = (other + mix((words[i]! ^ ~place) >>> 0)) >>> 0;
  }
  return [one, other];
}

function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
