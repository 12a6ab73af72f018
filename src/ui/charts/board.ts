/** What the charts of one page have in common: the runs they draw and the view of them. */
import { type Run, wholeWindow } from './runs';
import type { Window } from './scene';
import type { ViewStore } from './view';

export interface Board {
  readonly view: ViewStore;
  readonly runs: readonly Run[];
}

export function wholeOf({ runs }: Board): Window {
  return wholeWindow(runs);
}
