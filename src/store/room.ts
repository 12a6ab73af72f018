/** What of this page takes room in the browser's storage and can be deleted one by one, the largest first. */
import { usedElsewhere } from './checkpoints';
import type { KeptCheckpoint, SessionState } from './types';

export interface Taken {
  readonly kind: 'model' | 'export' | 'checkpoint' | 'run';
  /** Of its kind. */
  readonly key: string;
  readonly name: string;
  /** Of a checkpoint, which has no name of its own. */
  readonly at?: Pick<KeptCheckpoint, 'stage' | 'step' | 'totalSteps'>;
  readonly bytes: number;
  /** In use by this page or another tab: it cannot go now. */
  readonly needed: boolean;
}

type Facts = Pick<SessionState, 'hub' | 'exports' | 'checkpoints' | 'runs' | 'running' | 'stages' | 'models'>;

/** Sentences that say that there is no room. */
const full: ReadonlySet<string> = new Set([
  'checkpoint-full',
  'save-full',
  'hub-quota',
  'run-not-kept',
  'adapter-not-kept',
  'desk-not-kept',
]);

export function isAboutRoom(code: string): boolean {
  return full.has(code);
}

export function roomOf({ hub, exports, checkpoints, runs, running, stages, models: loaded }: Facts): readonly Taken[] {
  const trained = running && stages[running].checkpoint;
  // A stage that is interrupted goes on with its models, and has no need of others.
  const origins = Object.values(loaded).map(({ info }) => running && info?.origin);
  const models = (hub.stored ?? []).map(({ key, model: { name, commit }, stored }): Taken => {
    const needed = origins.some((origin) => origin?.repository === name && origin.commit === commit);
    return { kind: 'model', key, name, bytes: stored, needed };
  });
  const written = (exports ?? [])
    .filter(({ where }) => where === 'browser')
    .map(({ name, bytes }): Taken => ({ kind: 'export', key: name, name, bytes, needed: false }));
  const kept = checkpoints.map(({ key, stage, step, totalSteps, bytes }): Taken => {
    const needed = key === trained || usedElsewhere(runs, key);
    return { kind: 'checkpoint', key, name: key, at: { stage, step, totalSteps }, bytes, needed };
  });
  const past = runs.list.map(({ id, name, adapters }): Taken => {
    const bytes = Object.values(adapters).reduce((sum, adapter) => sum + (adapter?.bytes ?? 0), 0);
    return { kind: 'run', key: id, name, bytes, needed: id === runs.current || runs.elsewhere.includes(id) };
  });
  return [...models, ...written, ...kept, ...past].filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
}
