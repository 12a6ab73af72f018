/** Workgroups along one dimension are few (65,535 everywhere), so that long lists of them are folded into lines. */

const GROUPS_PER_LINE = 32_768;

/** A grid of at least `groups` workgroups; `groupIndex` of lib/grid counts them. Those past the end have nothing to do. */
export function lines(groups: number): readonly [number, number] {
  return [Math.min(groups, GROUPS_PER_LINE), Math.ceil(groups / GROUPS_PER_LINE)];
}

/** Workgroups for kernels whose invocations share rows (lib/reduce): one a row, of 32 to 256 by its width, or 64 rows each. */
export function rowGroups(
  software: boolean,
  width: number,
  ...rows: readonly number[]
): { grid: readonly [number, number]; constants: { readonly WIDTH: number; readonly LANES: number } } {
  const together = software ? 64 : 1;
  const grid = lines(rows.reduce((sum, count) => sum + Math.ceil(count / together), 0));
  if (software) return { grid, constants: { WIDTH: 64, LANES: 1 } };
  const lanes = Math.min(256, Math.max(32, 2 ** Math.ceil(Math.log2(width / 4))));
  return { grid, constants: { WIDTH: lanes, LANES: lanes } };
}

/** The first tile of each of at most four parts that share a grid (`partOf` of lib/grid), and how many tiles there are. */
export function tilesByPart(tiles: readonly number[]): { readonly first: readonly number[]; readonly total: number } {
  const first = tiles.map((_, part) => tiles.slice(0, part).reduce((sum, count) => sum + count, 0));
  const total = tiles.reduce((sum, count) => sum + count, 0);
  return { first: [...first, ...new Array<number>(4 - tiles.length).fill(PAST_THE_END)], total };
}

const PAST_THE_END = 0xffff_ffff;
