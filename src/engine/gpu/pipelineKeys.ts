/**
 * Names of pipelines: of the shader, the entry point and the constants. The n-th dispatch of a step is nearly always that of
 * the step before, so its name is kept: putting it together and looking it up takes as long as encoding the dispatch.
 */
import type { Constants } from './gpu';
import type { Dispatch } from './recorder';

export interface PipelineName extends Pick<Dispatch, 'stem' | 'variant' | 'entry'> {
  readonly constants: Constants;
  /** Name of the shader's file, without its ending. */
  readonly shader: string;
  /** All of it in one. */
  readonly key: string;
  /** What it is counted under. */
  readonly op: string;
}

/** Steps of one more dispatch, or one less, shift those behind it. */
const MOST_KNOWN = 4;

export class PipelineKeys {
  private readonly bySlot: PipelineName[][] = [];

  of(slot: number, dispatch: Dispatch): PipelineName {
    const names = this.bySlot[slot] ?? [];
    for (const known of names) if (isSame(known, dispatch)) return known;
    const made = nameOf(dispatch);
    this.bySlot[slot] = [made, ...names].slice(0, MOST_KNOWN);
    return made;
  }
}

const none: Constants = {};

function nameOf({ stem, variant, entry, constants = none }: Dispatch): PipelineName {
  const shader = variant ? `${stem}.${variant}` : stem;
  const sorted = Object.entries(constants).sort(([a], [b]) => (a < b ? -1 : 1));
  const key = `${shader}.${entry}(${sorted.map(([name, value]) => `${name}=${value}`).join(',')})`;
  return { stem, variant, entry, constants, shader, key, op: `${stem}.${entry}` };
}

function isSame(known: PipelineName, { stem, variant, entry, constants = none }: Dispatch): boolean {
  if (known.stem !== stem || known.variant !== variant || known.entry !== entry) return false;
  if (known.constants === constants) return true;
  for (const name in known.constants) if (known.constants[name] !== constants[name]) return false;
  for (const name in constants) if (known.constants[name] === undefined) return false;
  return true;
}
