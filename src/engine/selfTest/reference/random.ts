/** Bit-exact twin of shaders/lib/random.wgsl: three words in, three random words out. */
export function pcg3d(x: number, y: number, z: number): [number, number, number] {
  let [a, b, c] = [step(x), step(y), step(z)];
  const mix = () => {
    a = (a + Math.imul(b, c)) >>> 0;
    b = (b + Math.imul(c, a)) >>> 0;
    c = (c + Math.imul(a, b)) >>> 0;
  };
  mix();
  [a, b, c] = [fold(a), fold(b), fold(c)];
  mix();
  return [a, b, c];
}

function step(word: number): number {
  return (Math.imul(word, 1664525) + 1013904223) >>> 0;
}

function fold(word: number): number {
  return (word ^ (word >>> 16)) >>> 0;
}
