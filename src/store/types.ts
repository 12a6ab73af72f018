/** The shape of what the page knows. */
import type { Columns } from '../engine/data/columns';
import type { Problem } from '../engine/data/jsonl';
import type { RowLengths } from '../engine/data/lengths';
import type { RowChange } from '../engine/data/place';
import type { Example } from '../engine/data/row';
import type { Twins } from '../engine/data/twins';
import type { AdapterFacts } from '../engine/gpu/device';
import type { Count } from '../engine/gpu/work';
import type { DownloadProgress, HubModel, StoredModel } from '../engine/hub/types';
import type { RunRecord } from '../engine/runs/record';
import type { SeriesData } from '../engine/runs/seriesData';
import type { JudgedEvaluation } from '../engine/runs/wholeRun';
import type {
  AdapterInfo,
  Dataset,
  KeptCheckpoint,
  KernelCheck,
  KernelReport,
  MemoryHeld,
  MemoryPlan,
  MergeReport,
  ModelInfo,
  Phase,
  Role,
  SelfTestProgress,
  SelfTestReport,
  Split,
  Stage,
  Subject,
  TokenDifference,
} from '../engine/studio';
import type { Recipe } from '../engine/train/recipe';
import type { Failure } from '../worker/protocol';
import type { PushState } from './pushState';
import type { RecoveryPhase } from './recovery';
import type { SavedRecipe } from './runs/shelf';
import type { Exported, Saving } from './savingTypes';

export type * from './engineTypes';
export type { PushState } from './pushState';
export type * from './savingTypes';

export type Gpu =
  | { readonly state: 'opening' }
  | { readonly state: 'open'; readonly facts: AdapterFacts }
  | { readonly state: 'none'; readonly failure: Failure };

export interface ModelSlot {
  readonly loading: boolean;
  /** The model in use; a failed load leaves the one before it. */
  readonly info: ModelInfo | undefined;
  readonly demo: boolean;
  /** What training starts from, when a person has opened one. */
  readonly adapter: AdapterInfo | undefined;
}

export interface DataSlot {
  readonly loading: boolean;
  readonly dataset: Dataset | undefined;
  /** Rows that did not fit the model when a stage turned them into tokens. */
  readonly unfit: readonly Problem[];
  readonly demo: boolean;
  /** What was found about the rows when they were these; new rows are looked at a moment later. */
  readonly twins: { readonly examples: readonly Example[]; readonly found: Twins } | undefined;
  readonly lengths: { readonly examples: readonly Example[]; readonly found: RowLengths } | undefined;
}

/** The test rows are a share of the training rows, drawn from this seed. */
export interface Division {
  readonly share: number;
  readonly seed: number;
  /** What had been edited when it was drawn: drawn again from anything else, other rows would be kept for testing. */
  readonly edits: readonly Edit[];
}

/** Rows of which nobody knows which column is which. */
export interface AskedMapping {
  readonly split: Split;
  readonly name: string;
  readonly columns: Columns;
}

/** One step of editing, and what undoes it. */
export interface Edit {
  readonly split: Split;
  readonly changes: readonly RowChange[];
  readonly before: readonly RowChange[];
}

/** `blocked` is not stored: it follows from the other stages (see `stages.ts`). */
export type StageState =
  | 'idle'
  | 'running'
  | 'paused'
  | 'done'
  | 'stopped'
  | 'failed'
  /** Cut off when the page was closed or the engine was lost; what was measured is shown, and a checkpoint can go on. */
  | 'interrupted'
  /** Ended in an earlier visit: shown, but the engine does not hold its result. */
  | 'past';

export type StageEnd = 'done' | 'stopped' | 'failed';

export interface StageRecord {
  readonly state: StageState;
  readonly steps: number;
  /** Wall time of the last run without pauses, milliseconds. */
  readonly milliseconds: number;
  /** Optimizer steps that a training stage was to take; undefined before it took one. */
  readonly totalSteps?: number | undefined;
  /** Key of the checkpoints that a training stage leaves, until it is done and its adapter is kept. */
  readonly checkpoint?: string | undefined;
  /** The last step whose loss exploded: its rows can be left out. */
  readonly exploded?: number | undefined;
}

/** The places of the page where something is set up or done, from left to right. */
export type Station = 'data' | 'models' | 'sft' | 'merge' | 'distill' | 'takeHome';

/** How fast a stage was when it ran last. */
export interface StagePace {
  /** Milliseconds per row and million parameters. */
  readonly perRow: number;
  /** The settings of its evaluations: with others it takes another time. */
  readonly evaluation: string;
}

/** What was asked of the running stage and not yet answered. */
export type Asked = 'nothing' | 'pause' | 'resume' | 'stop';

export interface PhaseProgress {
  readonly phase: Phase;
  readonly done: number;
  readonly total: number;
}

/** Where something is opened: one of these at a time. */
export type Place = Role | Split;

export interface Notice {
  readonly id: number;
  readonly failure: Failure;
  /** What could not be opened there; goes with the next try. */
  readonly place: Place | undefined;
  /** What is wrong with the rows, when it is about rows. */
  readonly problem: Problem | undefined;
  /** A checkpoint that can go on from here, once its models and rows are loaded. */
  readonly checkpoint: File | undefined;
}

/** A field whose text is not a valid value yet; the recipe keeps the last valid one. */
export interface Draft {
  readonly text: string;
  /** Undefined when the text is not a value at all. */
  readonly value: string | number | boolean | readonly string[] | undefined;
  readonly problem: Failure;
}

/** A value of the recipe that comes from the demo pair instead of the defaults. */
export interface DemoValue {
  readonly path: string;
  readonly value: number | string;
  /** The value holds as long as this model is the demo's. */
  readonly role: Role;
}

/** The choice of matmul kernels; no report before somebody looks. */
export interface KernelState {
  readonly busy: boolean;
  readonly report: KernelReport | undefined;
}

/** Kernels beside their float64 twins; empty before somebody asks. */
export interface SelfTestState {
  readonly running: boolean;
  readonly progress: SelfTestProgress | undefined;
  /** As they come in. */
  readonly checks: readonly KernelCheck[];
  /** Undefined until the end. */
  readonly report: SelfTestReport | undefined;
}

/** Models from a Hub. A token is never part of it. */
export interface HubState {
  readonly looking: boolean;
  /** The model that was looked up last. */
  readonly found: HubModel | undefined;
  /** While one is downloaded. */
  readonly progress: DownloadProgress | undefined;
  /** In the browser's storage; undefined until it was looked at. */
  readonly stored: readonly StoredModel[] | undefined;
}

/** Work by op (shader stem and entry point). */
export interface StepWork {
  readonly stage: Stage;
  readonly ops: Readonly<Record<string, Count>>;
}

/** What stages need of the card's memory. */
export interface Memory {
  /** GiB of the card, as the person says: pages are not told. */
  readonly card: number;
  /** What every stage would hold; stays in sight while a new one is made. */
  readonly plan: MemoryPlan | undefined;
  readonly planning: boolean;
  /** Why there is no plan. */
  readonly problem: Failure | undefined;
  /** Per stage that ran: what was planned when it started, and what it held. */
  readonly held: Readonly<Partial<Record<Stage, { readonly planned: number; readonly held: MemoryHeld | undefined }>>>;
}

/** An earlier run whose curves are drawn behind those of this page. */
export interface Overlay {
  readonly id: string;
  readonly name: string;
  readonly data: SeriesData;
}

/** Runs that are kept in the browser. */
export interface RunsState {
  /** `unavailable`: the browser gives this page no storage. */
  readonly state: 'opening' | 'kept' | 'unavailable';
  /** The newest first. */
  readonly list: readonly RunRecord[];
  /** The one that the page shows and writes to. */
  readonly current: string | undefined;
  /** Those that another tab goes on with. */
  readonly elsewhere: readonly string[];
  /** Written by a version that this one does not know. */
  readonly unreadable: number;
  /** Bytes that the page takes in the browser's storage, and that it may take; undefined where the browser does not say. */
  readonly used: { readonly bytes: number; readonly most: number } | undefined;
  /** Whether the browser promises to clear nothing away; undefined where it cannot be asked. */
  readonly persisted: boolean | undefined;
  readonly recipes: readonly SavedRecipe[];
}

export interface SessionState {
  readonly gpu: Gpu;
  readonly models: Readonly<Record<Role, ModelSlot>>;
  /** Where the tokenizers of the two models differ. */
  readonly mismatch: TokenDifference | undefined;
  readonly hub: HubState;
  readonly push: PushState;
  readonly kernels: KernelState;
  readonly selfTest: SelfTestState;
  readonly data: Readonly<Record<Split, DataSlot>>;
  /** The split in sight: what is dropped on the page goes there. */
  readonly shownSplit: Split;
  readonly division: Division | undefined;
  readonly mapping: AskedMapping | undefined;
  readonly edits: { readonly done: readonly Edit[]; readonly undone: readonly Edit[] };
  /** While the tokens of the rows are counted. */
  readonly counting: { readonly done: number; readonly total: number } | undefined;
  readonly recipe: Recipe;
  readonly demoValues: readonly DemoValue[];
  readonly drafts: Readonly<Record<string, Draft>>;
  readonly memory: Memory;
  readonly stages: Readonly<Record<Stage, StageRecord>>;
  /** The newest of every key in the browser's storage. */
  readonly checkpoints: readonly KeptCheckpoint[];
  readonly running: Stage | undefined;
  /** How the last one ended that ran: its record may be of the result before, where it has left none. */
  readonly ended: StageEnd | undefined;
  /** For what the models are asked beside the stages; `check` is about one that was written. */
  readonly inquiry: 'talk' | 'tokens' | 'check' | undefined;
  readonly runningAll: boolean;
  /** The station that is open. */
  readonly station: Station;
  /** Of the stages that have run on this card. */
  readonly paces: Readonly<Partial<Record<Stage, StagePace>>>;
  readonly includeControl: boolean;
  readonly asked: Asked;
  readonly phase: PhaseProgress | undefined;
  readonly evaluations: Readonly<Record<Subject, readonly JudgedEvaluation[]>>;
  /** What the last merge did. */
  readonly mergeReport: MergeReport | undefined;
  /** What the kernels had to do in the first step of the training that started last. */
  readonly stepWork: StepWork | undefined;
  readonly saving: Saving | undefined;
  /** Megabytes (10⁶ bytes) of a shard of a saved model at most. */
  readonly shardMegabytes: number;
  /** The newest first; undefined until it was looked. */
  readonly exports: readonly Exported[] | undefined;
  /** Whose answers came last. */
  readonly lastMeasured: Subject | undefined;
  readonly overlays: readonly Overlay[];
  readonly notices: readonly Notice[];
  readonly runs: RunsState;
  /** The worker is gone: only a new one helps. */
  readonly lost: boolean;
  /** While a new one is opened by itself, for the stage that was interrupted. */
  /** Whether what takes room in the browser's storage is shown. */
  readonly roomShown: boolean;
  readonly recovery: { readonly phase: RecoveryPhase; readonly stage: Stage } | undefined;
}
