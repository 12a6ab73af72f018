/** The six stations of the page, which stages each holds, and how far each is. Pure functions of the session. */
import { isSaving } from './save';
import { savable, shownState } from './stages';
import type { Artifact, SessionState, Stage, StageState, Station } from './types';

export const stations: readonly Station[] = ['data', 'models', 'sft', 'merge', 'distill', 'takeHome'];

export const stagesAt: Readonly<Record<Station, readonly Stage[]>> = {
  data: [],
  models: [],
  sft: ['baseline', 'sft'],
  merge: ['merge'],
  distill: ['distill', 'evaluate', 'control'],
  takeHome: [],
};

export function stationOf(stage: Stage): Station {
  return stations.find((station) => stagesAt[station].includes(stage)) ?? 'sft';
}

type StationState = StageState | 'blocked';

/** A station of stages is as far as the stage that it is named after, unless another of its stages runs. */
export function stationState(state: SessionState, station: Station): StationState {
  if (station === 'data')
    return filled(Object.values(state.data).map(({ dataset, loading }) => ({ loading, here: dataset })));
  if (station === 'models')
    return filled(Object.values(state.models).map(({ info, loading }) => ({ loading, here: info })));
  if (station === 'takeHome') return takenHome(state);
  const { running } = state;
  return shownState(state, running && stagesAt[station].includes(running) ? running : station);
}

function filled(slots: readonly { readonly loading: boolean; readonly here: unknown }[]): StationState {
  if (slots.some(({ loading }) => loading)) return 'running';
  return slots.every(({ here }) => here !== undefined) ? 'done' : 'idle';
}

function takenHome(state: SessionState): StationState {
  if (isSaving(state.saving)) return 'running';
  if (state.exports?.length) return 'done';
  return modelsMade(state).length > 0 ? 'idle' : 'blocked';
}

/** The models that stages have made, in the order of the stages. */
export function modelsMade(state: Pick<SessionState, 'stages' | 'models'>): readonly Artifact[] {
  return (['merge', 'distill'] as const)
    .flatMap((stage) => savable(state, stage))
    .filter((artifact) => !artifact.endsWith('-adapter'));
}
