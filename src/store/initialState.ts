/** The page before anything is loaded: one pure function, so that a test or a restart begins exactly here. */
import { defaultRecipe } from '../engine/train/recipe';
import { noPush } from './pushState';
import type { DataSlot, ModelSlot, SelfTestState, SessionState, StageRecord } from './types';

const noModel: ModelSlot = { loading: false, info: undefined, demo: false, adapter: undefined };
const noData: DataSlot = {
  loading: false,
  dataset: undefined,
  unfit: [],
  demo: false,
  twins: undefined,
  lengths: undefined,
};
export const noSelfTest: SelfTestState = { running: false, progress: undefined, checks: [], report: undefined };
export const idleStage: StageRecord = { state: 'idle', steps: 0, milliseconds: 0 };

export function initialState(): SessionState {
  return {
    gpu: { state: 'opening' },
    models: { teacher: noModel, student: noModel },
    mismatch: undefined,
    kernels: { busy: false, report: undefined },
    selfTest: noSelfTest,
    hub: { looking: false, found: undefined, progress: undefined, stored: undefined },
    push: noPush,
    data: { train: noData, test: noData },
    shownSplit: 'train',
    division: undefined,
    mapping: undefined,
    edits: { done: [], undone: [] },
    counting: undefined,
    recipe: defaultRecipe,
    demoValues: [],
    drafts: {},
    // The reference of the recipe: an RTX 4090.
    memory: { card: 24, plan: undefined, planning: false, problem: undefined, held: {} },
    stages: {
      baseline: idleStage,
      sft: idleStage,
      merge: idleStage,
      distill: idleStage,
      evaluate: idleStage,
      control: idleStage,
    },
    checkpoints: [],
    running: undefined,
    ended: undefined,
    inquiry: undefined,
    runningAll: false,
    station: 'data',
    paces: {},
    includeControl: false,
    asked: 'nothing',
    phase: undefined,
    evaluations: {
      'teacher-base': [],
      'teacher-sft': [],
      'teacher-merged': [],
      'student-base': [],
      'student-distilled': [],
      'student-sft': [],
    },
    mergeReport: undefined,
    stepWork: undefined,
    saving: undefined,
    shardMegabytes: 2048,
    exports: undefined,
    lastMeasured: undefined,
    overlays: [],
    notices: [],
    runs: {
      state: 'opening',
      list: [],
      current: undefined,
      elsewhere: [],
      unreadable: 0,
      used: undefined,
      persisted: undefined,
      recipes: [],
    },
    lost: false,
    roomShown: false,
    recovery: undefined,
  };
}
