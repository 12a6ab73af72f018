/** The seeds to measure: those of the environment's SEEDS (`42,1`), or these. */
export function seeds(...usual: readonly number[]): readonly number[] {
  return process.env.SEEDS === undefined ? usual : process.env.SEEDS.split(',').map(Number);
}
