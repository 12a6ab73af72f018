/** The shifts of a merge as they are shown: ‖merged − W‖ / ‖W‖ over the layers of a projection, and of every matrix. */
import type { MergeReport } from '../../store';

type Modules = MergeReport['modules'];

export interface Shift {
  readonly name: string;
  readonly moved: string;
}

/** Percent; an infinite share where the matrices were all zeros before. */
export function percentMoved(modules: Modules): string {
  const size = (of: 'norm' | 'moved') => Math.sqrt(modules.reduce((sum, module) => sum + module[of] ** 2, 0));
  const [norm, moved] = [size('norm'), size('moved')];
  if (moved === 0) return '0%';
  return norm === 0 ? '∞' : `${((100 * moved) / norm).toPrecision(2)}%`;
}

export function shiftsByProjection(modules: Modules): readonly Shift[] {
  const names = [...new Set(modules.map(({ projection }) => projection))];
  return names.map((name) => ({ name, moved: percentMoved(modules.filter(({ projection }) => projection === name)) }));
}

export function shiftsByLayer(modules: Modules): readonly Shift[] {
  return modules.map((module) => ({ name: `${module.layer}.${module.projection}`, moved: percentMoved([module]) }));
}

export function largest(modules: Modules): number {
  return modules.reduce((most, module) => Math.max(most, module.largest), 0);
}
