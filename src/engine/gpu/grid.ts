/** Workgroups along one dimension are few (65,535 everywhere), so that long lists of them are folded into lines. */

const GROUPS_PER_LINE = 32_768;

/** A grid of at least `groups` workgroups; `groupIndex` of lib/grid counts them. Those past the end have nothing to do. */
export function lines(groups: number): readonly [number, number] {
  return [Math.min(groups, GROUPS_PER_LINE), Math.ceil(groups / GROUPS_PER_LINE)];
}
