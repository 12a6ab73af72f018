/**
 * The one door of the engine as an interface: implemented by the engine itself (worker, Node) and by the page's
 * client of the worker, so that callers do not care where the GPU is. Types only.
 */
import type { Problem } from './data/jsonl';
import type { AdapterFacts } from './gpu/device';
import type { Timing, Variant } from './gpu/variants';
import type { Count } from './gpu/work';
import type { DownloadProgress, HubModel, HubRequest, StoredModel } from './hub/types';
import type { ChatEvent, ChatReply, ChatRequest, TokenComparison, TokenRequest } from './inquiry';
import type { MemoryHeld, StagePlan } from './memoryUse';
import type { MergeReport } from './mergeReport';
import type { RowsDoor } from './rowsDoor';
import type { SelfTestProgress, SelfTestReport, SelfTestRequest } from './selfTest/report';
import type { Recipe } from './train/recipe';

export type {
  ChatAsk,
  ChatEvent,
  ChatReply,
  ChatRequest,
  Expectation,
  Message,
  TokenComparison,
  TokenPosition,
  TokenRequest,
} from './inquiry';
export type { MemoryHeld, MemoryHint, MemorySetting, MemoryUse, StagePlan } from './memoryUse';
export type { LogitGap, MergeReport, ModuleShift } from './mergeReport';
export type { DataOptions, Dataset, NamedFile } from './rowsDoor';
export type { KernelCheck, KernelVariant, SelfTestProgress, SelfTestReport, SelfTestRequest } from './selfTest/report';

export type Role = 'teacher' | 'student';
export type Split = 'train' | 'test';

/** `control` is the student trained on the rows alone (SFT only): what distillation is compared with. */
export type Stage = 'baseline' | 'sft' | 'merge' | 'distill' | 'evaluate' | 'control';

/** Whose answers: each is measured on the same rows. */
export type Subject =
  | 'teacher-base'
  | 'teacher-sft'
  | 'teacher-merged'
  | 'student-base'
  | 'student-distilled'
  | 'student-sft';

/** What can be taken home: adapters as PEFT keeps them, models as Hugging Face folders. */
export type Artifact =
  | 'teacher-adapter'
  | 'teacher-merged'
  | 'student-adapter'
  | 'student-distilled'
  | 'control-adapter';

/** The artifacts that are adapters: small, and all that a stage has learnt. */
export type AdapterArtifact = Extract<Artifact, `${string}-adapter`>;

/** A Hugging Face folder: by address (files fetched below it) or as the files a person picked or dropped. */
export type FolderSource =
  | { readonly kind: 'url'; readonly name: string; readonly url: string }
  | { readonly kind: 'files'; readonly name: string; readonly files: readonly File[] };

/** A folder, or a model that was downloaded into the browser's storage. */
export type ModelSource = FolderSource | { readonly kind: 'stored'; readonly name: string; readonly key: string };

/** The first token that two tokenizers do not share. */
export interface TokenDifference {
  readonly id: number;
  /** As the vocabularies write it; undefined where there is no token of this number. */
  readonly teacher: string | undefined;
  readonly student: string | undefined;
}

export interface ModelInfo {
  readonly name: string;
  readonly architecture: string;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly vocabulary: number;
  readonly context: number;
  readonly parameters: number;
  /** Bytes of weights on the GPU. */
  readonly bytes: number;
  /** Against the other model, where both are loaded: distillation needs the same tokens in both. */
  readonly mismatch?: TokenDifference | undefined;
}

export type Phase =
  | 'tokenizing'
  | 'compiling'
  | 'training'
  | 'evaluating-loss'
  | 'generating'
  | 'merging'
  | 'comparing'
  | 'paused';

/** Everything measured in one optimizer step. Losses are means over the valid tokens of the whole step. */
export interface StepMetrics {
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  /** What was minimised. */
  readonly loss: number;
  readonly crossEntropy: number;
  /** Distillation only: the divergence from the teacher, with its T² when the recipe says so. */
  readonly divergence: number | undefined;
  /** Share of label positions where the most likely token is the label (teacher forcing). */
  readonly tokenAccuracy: number;
  /** Distillation only: share of the compared positions where teacher and student have the same most likely token. */
  readonly agreement: number | undefined;
  readonly learningRate: number;
  readonly gradientNorm: number;
  readonly labelTokens: number;
  /** Tokens that went through the model: with packing and a shared prefix, fewer than the rows hold. */
  readonly computedTokens: number;
  /** Tokens that the rows of the step hold. */
  readonly rowTokens: number;
  /** What the step's kernels had to do. */
  readonly work: Count;
  /** Bytes held on the GPU while it was computed. */
  readonly memoryHeld: number;
  /** Wall time of this step, milliseconds, pauses and evaluations left out. */
  readonly milliseconds: number;
}

export interface Evaluation {
  readonly subject: Subject;
  /** Optimizer steps done before it; 0 is untrained. */
  readonly step: number;
  /** Mean cross-entropy on the label tokens of the rows, if measured. */
  readonly loss: number | undefined;
  readonly correct: number;
  readonly rows: number;
  /** True when all test rows were asked, false for a sample. */
  readonly complete: boolean;
  readonly answers: readonly Answer[];
  /** Asked beside a sample: the rows outside of it with the largest losses, which no accuracy counts. */
  readonly worst: readonly Answer[];
}

export interface Answer {
  /** Only where several files were opened as one. */
  readonly file?: string;
  readonly line: number;
  readonly question: string;
  readonly expected: string;
  readonly output: string;
  readonly correct: boolean;
  /** Mean cross-entropy on the tokens of the expected answer; undefined where it was not measured. */
  readonly loss?: number | undefined;
}

/** An adapter that a person loaded: training starts from it, and it is a result with 0 steps until then. */
export interface AdapterInfo {
  readonly name: string;
  /** The largest of any module, and whether modules have ranks or scales of their own. */
  readonly rank: number;
  readonly alpha: number;
  readonly uniform: boolean;
  readonly targets: readonly string[];
  /** Matrices that have a pair. */
  readonly modules: number;
  readonly parameters: number;
  /** The model it was trained on, as its config says. */
  readonly baseModel: string | undefined;
}

/** What of a model is written. */
export interface SaveOptions {
  /** Bytes of a shard at most; a larger tensor has a shard of its own. */
  readonly shardBytes: number;
}

export interface Saved {
  /** The folder that was made inside the one that was picked. */
  readonly folder: string;
  readonly files: readonly string[];
  readonly bytes: number;
}

/** Told while a stage runs, in order. */
export type StageEvent =
  | { readonly type: 'phase'; readonly phase: Phase; readonly done: number; readonly total: number }
  | { readonly type: 'step'; readonly metrics: StepMetrics }
  /** What the kernels of the first step had to do, by op. */
  | { readonly type: 'work'; readonly ops: Readonly<Record<string, Count>> }
  /** Rows that were left out because of what the model can hold. */
  | { readonly type: 'problems'; readonly split: Split; readonly problems: readonly Problem[] }
  | { readonly type: 'evaluation'; readonly evaluation: Evaluation }
  | { readonly type: 'merged'; readonly report: MergeReport }
  /** Before anything is allocated, and when everything is done. */
  | { readonly type: 'plan'; readonly plan: StagePlan }
  | { readonly type: 'held'; readonly held: MemoryHeld };

/** Stages whose models and rows are there. */
export type MemoryPlan = Readonly<Partial<Record<Stage, StagePlan>>>;

/** How a stage ended; a stop keeps what was learnt so far. */
export type StageResult = { readonly outcome: 'done' | 'stopped'; readonly steps: number };

/**
 * A change of the matmul kernels: one variant wherever it can compute, `automatic` again, or measured anew; `matrices`: whether
 * to compute on a card's units for matrices from the next visit on.
 */
export interface KernelRequest {
  readonly force?: Variant | 'automatic' | undefined;
  readonly measure?: boolean | undefined;
  readonly matrices?: boolean | undefined;
}

export interface KernelReport {
  readonly forced: Variant | 'automatic';
  /** Those that this adapter can compute. */
  readonly variants: readonly Variant[];
  /** What was measured on this adapter, now or on an earlier visit. */
  readonly timings: readonly Timing[];
  /** What is wished of the next visit; the facts of the adapter say what was granted on this one. */
  readonly matrices: boolean;
}

export interface StudioEngine extends RowsDoor {
  /** Opens the GPU. Rejects with a `StudioError` (`no-webgpu`, `no-adapter`). */
  open(): Promise<AdapterFacts>;
  loadModel(role: Role, source: ModelSource): Promise<ModelInfo>;
  /**
   * Reads an adapter in PEFT's form that fits the loaded model: SFT of the teacher, distillation and control run of the
   * student start from it. What was trained on that model before is discarded. A refused one replaces nothing.
   */
  loadAdapter(role: Role, source: FolderSource): Promise<AdapterInfo>;
  /** Training starts afresh again; what rests on the adapter is discarded with it. */
  discardAdapter(role: Role): Promise<void>;
  /**
   * Puts an adapter that was trained and saved here back as the result of its stage, which learnt for `steps` steps. Rejects
   * as `loadAdapter` does; a refused one replaces nothing.
   */
  restoreResult(artifact: AdapterArtifact, source: FolderSource, steps: number): Promise<void>;
  /**
   * Writes a result into a folder of its own inside `folder`; `stop` ends it, and nothing of it stays. Rejects with
   * `nothing-to-save`, `busy`, `save-stopped`, or what the place refuses (`save-denied`, `save-full`, `save-failed`).
   */
  saveInto(
    artifact: Artifact,
    folder: FileSystemDirectoryHandle,
    options: SaveOptions,
    progress: (bytes: number, total: number) => void,
  ): Promise<Saved>;
  /** What a model on the Hub is, and whether it can be used, before it is downloaded. */
  findModel(request: HubRequest): Promise<HubModel>;
  /** Into the browser's storage; goes on where an earlier download ended. Runs beside everything else. */
  download(request: HubRequest, listen: (progress: DownloadProgress) => void): Promise<StoredModel>;
  /** The download rejects with `hub-cancelled`; what has come is kept. */
  cancelDownload(): void;
  storedModels(): Promise<readonly StoredModel[]>;
  /** Resolves with what is left. A model that was loaded from it stays loaded. */
  deleteStored(key: string): Promise<readonly StoredModel[]>;
  /** Which matmul kernels compute, after a change if one is asked for. Rejects with `busy` while a stage runs, `wish-not-kept`. */
  kernels(request: KernelRequest): Promise<KernelReport>;
  /**
   * Every kernel beside its float64 twin, on small shapes; what is held is the same afterwards. Rejects with `busy` while a
   * stage runs.
   */
  selfTest(request: SelfTestRequest, listen: (progress: SelfTestProgress) => void): Promise<SelfTestReport>;
  /** After the kernel under way; the report has those before. */
  stopSelfTest(): void;
  /** What every stage would hold with this recipe. Rejects with `busy` while one runs, `replanned` when asked anew. */
  plan(recipe: Recipe): Promise<MemoryPlan>;
  /** Runs one stage. Rejects with a `StudioError`; a second start while one runs is refused with `busy`. */
  run(stage: Stage, recipe: Recipe, listen: (event: StageEvent) => void): Promise<StageResult>;
  /**
   * Asks models as they are now. Like `compareTokens` it is refused with `busy` while a stage computes, and possible while one
   * is paused, which goes on after it; with `answering` while another is under way.
   */
  chat(request: ChatRequest, listen: (event: ChatEvent) => void): Promise<readonly ChatReply[]>;
  /** What was answered so far is the answer; models that have not begun give none. */
  stopChat(): void;
  /** One row under teacher and student as they are now. */
  compareTokens(request: TokenRequest): Promise<TokenComparison>;
  /** At the next step boundary. */
  pause(): void;
  resume(): void;
  stop(): void;
}
