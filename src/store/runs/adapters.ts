/** Trained adapters into the browser's storage when a stage ends, and back into the engine when the page is loaded again. */

import { adapterNames, stageNames } from '../../engine/runs/names';
import type { KeptAdapter, RunRecord } from '../../engine/runs/record';
import type { EngineClient } from '../../worker/client';
import { toFailure } from '../../worker/failure';
import type { SessionStore } from '../session';
import { stageOf } from '../stages';
import type { AdapterArtifact, Failure, ModelInfo, Role, SessionState, Stage } from '../types';
import { adapterOf } from './begin';
import type { Shelf } from './shelf';

interface Keeping {
  readonly state: SessionState;
  readonly run: RunRecord;
  readonly shelf: Shelf;
  readonly client: () => EngineClient;
}

export interface KeptAdapters {
  readonly adapters: RunRecord['adapters'];
  readonly failures: readonly Failure[];
}

/** An engine that is gone has told so itself; a person who stopped it knows. */
const known: ReadonlySet<string> = new Set(['worker-closed', 'worker-crash', 'device-lost', 'save-stopped']);

/** Adapters of less than this are one file; larger ones do not exist. */
const shardBytes = 2 ** 40;

/** Those that the engine holds and the run does not have yet: of the stage that just ended, and of the ones before it. */
export async function keepAdapters(keeping: Keeping, ended: Stage, steps: number): Promise<KeptAdapters> {
  const adapters: Partial<Record<AdapterArtifact, KeptAdapter>> = {};
  const failures: Failure[] = [];
  for (const artifact of missingAdapters(keeping, ended, steps)) {
    try {
      const folder = await folderOf(keeping);
      if (!folder) return { adapters, failures: [noFiles] };
      const saved = await keeping.client().saveInto(artifact, folder, { shardBytes }, () => {});
      const { folder: name, files, bytes } = saved;
      adapters[artifact] = { run: keeping.run.id, folder: name, files: [...files], bytes };
    } catch (error) {
      const { code, message } = toFailure(error);
      if (known.has(code)) continue;
      const what = { artifact, reason: message };
      const said = `The ${artifact} was not kept in the browser: ${message} It is still in this tab: save it.`;
      failures.push({ code: 'adapter-not-kept', message: said, detail: what });
    }
  }
  return { adapters, failures };
}

/** Said once: a private window has no such place for any of them. */
export const noFiles: Failure = {
  code: 'adapters-unavailable',
  message: 'Trained adapters cannot be kept: the browser gives this page no file system of its own. Save them.',
  detail: {},
};

function folderOf({ shelf, run }: Keeping): Promise<FileSystemDirectoryHandle | undefined> {
  return shelf.files.folder(run.id).catch(() => undefined);
}

function missingAdapters({ state, run }: Keeping, ended: Stage, steps: number): readonly AdapterArtifact[] {
  const learnt = (stage: Stage): boolean => {
    if (stage === ended) return steps > 0;
    const record = state.stages[stage];
    return record.steps > 0 && ['done', 'stopped', 'failed'].includes(record.state);
  };
  return stageNames.flatMap((stage) => {
    const artifact = adapterOf(stage);
    // A stage that went on behind a stop has another adapter than the one that was kept then.
    return artifact && learnt(stage) && (stage === ended || !run.adapters[artifact]) ? [artifact] : [];
  });
}

interface PuttingBack {
  readonly store: SessionStore;
  readonly run: RunRecord;
  readonly shelf: Shelf;
  readonly client: () => EngineClient;
}

/** After a model was loaded again: what the run had trained of it. A stage counts as done when the engine has its result. */
export async function putBack(putting: PuttingBack, role: Role, info: ModelInfo): Promise<void> {
  const { store, run, shelf, client } = putting;
  if (!sameModel(run.models[role]?.info, info)) return;
  for (const artifact of adapterNames.filter((name) => (name === 'teacher-adapter') === (role === 'teacher'))) {
    const [kept, stage] = [run.adapters[artifact], stageOf[artifact]];
    const record = run.stages[stage];
    const shown = (): boolean => store.getState().stages[stage].state === 'past';
    if (!kept || !record || !shown()) continue;
    try {
      const files = await shelf.files.files(kept);
      await client().restoreResult(artifact, { kind: 'files', name: artifact, files }, record.steps);
      const { state, steps, milliseconds, checkpoint } = record;
      if (shown()) store.getState().setStage(stage, { state, steps, milliseconds, checkpoint });
    } catch (error) {
      const { code, message } = toFailure(error);
      if (known.has(code)) continue;
      const said = `The ${artifact} could not be put back: ${message}`;
      store.getState().notify({ code: 'adapter-not-put-back', message: said, detail: { artifact, reason: message } });
    }
  }
}

/** Whatever is known of where they come from. */
export function sameModel(before: ModelInfo | undefined, now: ModelInfo): boolean {
  if (!before) return false;
  const { mismatch: _, origin: __, ...facts } = before;
  return Object.entries(facts).every(([key, value]) => now[key as keyof ModelInfo] === value);
}
