/** The session: what the page shows. Actions are small transitions; `load.ts` and `run.ts` talk to the engine. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { placeKey } from '../engine/data/place';
import { complete } from '../engine/runs/seriesData';
import { idleStage, initialState } from './initialState';
import { entered, withDemo, withoutDemo } from './recipeDrafts';
import { type FieldValue, referenceValue } from './recipeFields';
import type { Results } from './runs/snapshot';
import { isTrainingStage } from './series';
import { sharingTexts } from './sharedTexts';
import { type Cause, forgottenBy, stageOf, subjectsOf, undoes } from './stages';
import type {
  Asked,
  AskedMapping,
  DataSlot,
  DemoValue,
  Division,
  Exported,
  Failure,
  Gpu,
  HubState,
  JudgedEvaluation,
  KernelState,
  Memory,
  MemoryHeld,
  MergeReport,
  ModelSlot,
  Notice,
  Overlay,
  PhaseProgress,
  Place,
  Problem,
  PushState,
  Recipe,
  Role,
  RunsState,
  Saving,
  SelfTestState,
  SessionState,
  Split,
  Stage,
  StageEnd,
  StageRecord,
  Station,
  StepWork,
  Subject,
  TokenDifference,
} from './types';

export interface SessionActions {
  setGpu(gpu: Gpu): void;
  setModel(role: Role, change: Partial<ModelSlot>): void;
  setMismatch(mismatch: TokenDifference | undefined): void;
  setHub(change: Partial<HubState>): void;
  setPush(change: Partial<PushState>): void;
  setKernels(change: Partial<KernelState>): void;
  setSelfTest(change: Partial<SelfTestState>): void;
  setData(split: Split, change: Partial<DataSlot>): void;
  showSplit(split: Split): void;
  setDivision(division: Division | undefined): void;
  askMapping(mapping: AskedMapping | undefined): void;
  setEdits(edits: SessionState['edits']): void;
  /** Steps that belong to rows that are gone. */
  forgetEdits(splits: readonly Split[]): void;
  setCounting(counting: SessionState['counting']): void;
  /** Each line once, however many models it does not fit. */
  addUnfit(split: Split, problems: readonly Problem[]): void;
  /** A value that the recipe refuses is kept as a draft, with the reason, until it or what it clashes with changes. */
  setField(path: string, value: FieldValue): void;
  /** Text that is not a value at all. */
  setDraft(path: string, text: string, problem: Failure): void;
  resetField(path: string): void;
  applyDemoValues(values: readonly DemoValue[]): void;
  dropDemoValues(role: Role): void;
  setMemory(change: Partial<Memory>): void;
  /** What the stage holds, planned when it starts and measured when it ends. */
  setHeld(stage: Stage, change: { readonly planned: number } | { readonly held: MemoryHeld }): void;
  setStage(stage: Stage, change: Partial<StageRecord>): void;
  setInquiry(inquiry: SessionState['inquiry']): void;
  setCheckpoints(checkpoints: SessionState['checkpoints']): void;
  /** `checkpoint`: the key of those that it leaves. */
  begin(stage: Stage, checkpoint?: string): void;
  end(how: StageEnd): void;
  setRunningAll(runningAll: boolean): void;
  setIncludeControl(includeControl: boolean): void;
  openStation(station: Station): void;
  ask(asked: Asked): void;
  setPhase(phase: PhaseProgress): void;
  addEvaluation(evaluation: JudgedEvaluation): void;
  setStepWork(work: StepWork): void;
  setMergeReport(report: MergeReport): void;
  setSaving(saving: Saving | undefined): void;
  setShardMegabytes(megabytes: number): void;
  setExports(exports: readonly Exported[]): void;
  /** In place of those before. Columns that an older version of the page did not keep are empty. */
  setOverlays(overlays: readonly Overlay[]): void;
  /** All values of a recipe at once; half-typed ones go. */
  setRecipe(recipe: Recipe): void;
  /** Stages and answers that no longer hold after `what` changed. */
  undo(what: Cause): readonly Stage[];
  /** The stage has a result of its own again: the one before goes, with all that rested on it unless it only `restates` that. */
  replace(stage: Stage, restates: boolean): readonly Stage[];
  /** `place`: where opening failed, when it did; `problem`: the first one in the rows that failed there. */
  notify(failure: Failure, about?: Partial<Omit<Notice, 'id' | 'failure'>>): void;
  /** Something is opened there again: what failed before no longer matters. */
  retry(place: Place): void;
  dismiss(id: number): void;
  setLost(lost: boolean): void;
  showRoom(shown: boolean): void;
  setRecovery(recovery: SessionState['recovery']): void;
  setRuns(change: Partial<RunsState>): void;
  /** Settings and results of an earlier visit, in place of those of this one. */
  restore(change: Partial<Results> & Partial<Pick<SessionState, 'recipe' | 'demoValues'>>): void;
}

/** Sentences that no longer hold once the stage has ended. */
const whileRunning: ReadonlySet<string> = new Set(['busy', 'busy-ask', 'busy-check', 'busy-load', 'busy-self-test']);

/** How the training before this one went, or why it could not go on. */
const ofTraining: ReadonlySet<string> = new Set([
  ...['loss-exploded', 'answers-collapsed', 'not-finite', 'stopped-early', 'checkpoint-elsewhere'],
  ...['checkpoint-invalid', 'checkpoint-model', 'checkpoint-teacher', 'checkpoint-rows'],
]);

export type Session = SessionState & SessionActions;
export type SessionStore = StoreApi<Session>;

export function createSession(): SessionStore {
  let nextNotice = 1;
  return createStore<Session>()((set, get) => ({
    ...initialState(),
    setGpu: (gpu) => set({ gpu }),
    setModel: (role, change) => set((s) => ({ models: { ...s.models, [role]: { ...s.models[role], ...change } } })),
    setMismatch: (mismatch) => set({ mismatch }),
    setKernels: (change) => set((s) => ({ kernels: { ...s.kernels, ...change } })),
    setSelfTest: (change) => set((s) => ({ selfTest: { ...s.selfTest, ...change } })),
    setHub: (change) => set((s) => ({ hub: { ...s.hub, ...change } })),
    setPush: (change) => set((s) => ({ push: { ...s.push, ...change } })),
    setData: (split, change) => set((s) => ({ data: { ...s.data, [split]: { ...s.data[split], ...change } } })),
    addUnfit: (split, problems) => {
      const { unfit } = get().data[split];
      const known = new Set(unfit.map(placeKey));
      get().setData(split, { unfit: [...unfit, ...problems.filter((problem) => !known.has(placeKey(problem)))] });
    },
    showSplit: (shownSplit) => set({ shownSplit }),
    setDivision: (division) => set({ division }),
    askMapping: (mapping) => set({ mapping }),
    setEdits: (edits) => set({ edits }),
    forgetEdits: (splits) =>
      set(({ edits }) => ({
        edits: {
          done: edits.done.filter(({ split }) => !splits.includes(split)),
          undone: edits.undone.filter(({ split }) => !splits.includes(split)),
        },
      })),
    setCounting: (counting) => set({ counting }),
    setField: (path, value) => set((s) => entered(s, path, value)),
    setDraft: (path, text, problem) =>
      set((s) => ({ drafts: { ...s.drafts, [path]: { text, value: undefined, problem } } })),
    resetField: (path) => get().setField(path, referenceValue(get(), path)),
    applyDemoValues: (values) => set((s) => withDemo(s, values)),
    dropDemoValues: (role) => set((s) => withoutDemo(s, role)),
    setMemory: (change) => set((s) => ({ memory: { ...s.memory, ...change } })),
    setHeld: (stage, change) => {
      const { held } = get().memory;
      const before = 'planned' in change ? { held: undefined } : held[stage];
      get().setMemory({ held: { ...held, [stage]: { planned: 0, held: undefined, ...before, ...change } } });
    },
    setStage: (stage, change) => set((s) => ({ stages: { ...s.stages, [stage]: { ...s.stages[stage], ...change } } })),
    setInquiry: (inquiry) => set({ inquiry }),
    setCheckpoints: (checkpoints) => set({ checkpoints }),
    begin: (stage, checkpoint) => {
      set((s) => ({
        running: stage,
        asked: 'nothing',
        phase: undefined,
        stages: { ...s.stages, [stage]: { ...idleStage, state: 'running', checkpoint } },
        notices: isTrainingStage(stage) ? s.notices.filter(({ failure }) => !ofTraining.has(failure.code)) : s.notices,
      }));
    },
    replace: (stage, restates) => {
      const undone = restates ? [] : get().undo(stage);
      set((s) => ({
        evaluations: forget(s.evaluations, subjectsOf[stage]),
        mergeReport: stage === 'merge' ? undefined : s.mergeReport,
        // What was written stays where it is; the line about it belongs to the result that is gone.
        saving: s.saving && stageOf[s.saving.artifact] === stage ? undefined : s.saving,
      }));
      return undone;
    },
    end: (ended) =>
      set((s) => ({
        running: undefined,
        ended,
        asked: 'nothing',
        phase: undefined,
        notices: s.notices.filter(({ failure }) => !whileRunning.has(failure.code)),
      })),
    setRunningAll: (runningAll) => set({ runningAll }),
    setIncludeControl: (includeControl) => set({ includeControl }),
    openStation: (station) => set({ station }),
    ask: (asked) => set({ asked }),
    setPhase: (phase) => set({ phase }),
    addEvaluation: (evaluation) =>
      set(({ evaluations }) => {
        const { subject } = evaluation;
        const before = evaluations[subject];
        const now = sharingTexts(evaluation, before.at(-1));
        return { lastMeasured: subject, evaluations: { ...evaluations, [subject]: [...before, now] } };
      }),
    setMergeReport: (mergeReport) => set({ mergeReport }),
    setStepWork: (stepWork) => set({ stepWork }),
    setSaving: (saving) => set({ saving }),
    setShardMegabytes: (shardMegabytes) => set({ shardMegabytes }),
    setExports: (exports) => set({ exports }),
    setOverlays: (overlays) =>
      set({ overlays: overlays.map((overlay) => ({ ...overlay, data: complete(overlay.data) })) }),
    setRecipe: (recipe) => set({ recipe, drafts: {} }),
    undo: (what) => {
      const stages = undoes[what];
      set((s) => ({
        stages: { ...s.stages, ...Object.fromEntries(stages.map((stage) => [stage, idleStage])) },
        evaluations: forget(s.evaluations, forgottenBy(what)),
        mergeReport: stages.includes('merge') ? undefined : s.mergeReport,
        stepWork: s.stepWork && stages.includes(s.stepWork.stage) ? undefined : s.stepWork,
        // What was written stays where it is; the line about it belongs to the result that is gone.
        saving: s.saving && stages.includes(stageOf[s.saving.artifact]) ? undefined : s.saving,
      }));
      return stages;
    },
    notify: (failure, { place, problem, checkpoint } = {}) => {
      const id = nextNotice++;
      // The same sentence about the same place twice says no more than once: the newer one takes its place.
      const same = (n: Notice): boolean => n.failure.message === failure.message && n.place === place;
      set((s) => ({ notices: [...s.notices.filter((n) => !same(n)), { id, failure, place, problem, checkpoint }] }));
    },
    retry: (place) => set((s) => ({ notices: s.notices.filter((notice) => notice.place !== place) })),
    dismiss: (id) => set((s) => ({ notices: s.notices.filter((notice) => notice.id !== id) })),
    setLost: (lost) => set({ lost }),
    showRoom: (roomShown) => set({ roomShown }),
    setRecovery: (recovery) => set({ recovery }),
    setRuns: (change) => set((s) => ({ runs: { ...s.runs, ...change } })),
    restore: ({ held, ...change }) => set((s) => ({ ...change, memory: held ? { ...s.memory, held } : s.memory })),
  }));
}

function forget(evaluations: SessionState['evaluations'], subjects: readonly Subject[]): SessionState['evaluations'] {
  return { ...evaluations, ...Object.fromEntries(subjects.map((subject) => [subject, []])) };
}
