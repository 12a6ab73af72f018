/** What the stages of an interrupted job had made, put back from its output folder. */
import { join } from 'node:path';
import type { Studio } from '../engine/engine';
import { adapterNames, artifactsOf } from '../engine/runs/names';
import type { Stage } from '../engine/studio';
import { modelFolder } from './files';

interface Done {
  readonly stage: Stage;
  /** That its adapter has learnt for. */
  readonly steps: number;
}

/** In the order in which it was made. Rejects as `restoreResult` and `remerge` do. */
export async function restore(
  output: string,
  engine: Pick<Studio, 'restoreResult' | 'remerge'>,
  done: readonly Done[],
): Promise<void> {
  for (const { stage, steps } of standing(done)) {
    const artifact = adapterNames.find((name) => artifactsOf[stage]?.includes(name));
    if (artifact) await engine.restoreResult(artifact, await modelFolder(join(output, artifact)), steps);
    // The merged weights on disk are rounded as those on the card are, but the adapter is what they follow from.
    if (stage === 'merge') await engine.remerge();
  }
}

/** Without what a later SFT has discarded. */
function standing(done: readonly Done[]): readonly Done[] {
  const last = done.findLastIndex(({ stage }) => stage === 'sft');
  return done.filter(({ stage }, at) => at >= last || (stage !== 'merge' && stage !== 'distill'));
}
