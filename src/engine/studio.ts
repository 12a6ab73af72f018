/**
 * The one door of the engine as an interface: implemented by the engine itself (worker, Node) and by the page's
 * client of the worker, so that callers do not care where the GPU is. Types only.
 */
import type { Form } from './formats/forms';
import type { AdapterFacts } from './gpu/device';
import type { Timing, Variant } from './gpu/variants';
import type { InquiriesDoor } from './inquiry';
import type { HubDoor, ModelsDoor } from './modelsDoor';
import type { RowsDoor } from './rowsDoor';
import type { SelfTestProgress, SelfTestReport, SelfTestRequest } from './selfTest/report';
import type { StagesDoor } from './stagesDoor';
import type { RunFacts } from './takeHome/facts';
import type { VouchDoor } from './vouch/report';

export type { Form } from './formats/forms';
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
export type { AdapterInfo, FolderSource, ModelInfo, ModelOrigin, ModelSource, TokenDifference } from './modelsDoor';
export type { DataOptions, Dataset, NamedFile } from './rowsDoor';
export type { KernelCheck, KernelVariant, SelfTestProgress, SelfTestReport, SelfTestRequest } from './selfTest/report';
export type {
  Answer,
  CheckpointFacts,
  CheckpointList,
  Evaluation,
  Keeping,
  KeptCheckpoint,
  MemoryPlan,
  Phase,
  StageEvent,
  StageFailure,
  StageResult,
  StepMetrics,
} from './stagesDoor';
export type {
  FirstDifference,
  OnnxForm,
  SecondBackend,
  SecondRuntime,
  VouchEvent,
  VouchPhase,
  VouchReport,
  VouchRequest,
  VouchRow,
} from './vouch/report';

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

/** What of a result is written, and under which name. */
export interface SaveOptions {
  /** Bytes of a shard at most; a larger tensor has a shard of its own. */
  readonly shardBytes: number;
  /** Of a model, beside safetensors; none when left out. */
  readonly forms?: readonly Form[];
  /** Of the folder, and of the model in its files; the artifact's when left out. */
  readonly name?: string;
  /** What the card and the other files about the run are written from; without it there are none. */
  readonly run?: RunFacts | undefined;
}

/** Where a result goes: a new folder inside a folder, or a zip in place of a file. */
export type SavePlace = FileSystemDirectoryHandle | FileSystemFileHandle;

export interface Saved {
  /** The folder that was made inside the one that was picked, or the zip. */
  readonly folder: string;
  readonly files: readonly string[];
  readonly bytes: number;
}

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

export interface StudioEngine extends RowsDoor, ModelsDoor, HubDoor, StagesDoor, InquiriesDoor, VouchDoor {
  /** Opens the GPU. Rejects with a `StudioError` (`no-webgpu`, `no-adapter`). */
  open(): Promise<AdapterFacts>;
  /**
   * Writes a result into a folder of its own inside `place`, or into the zip that it is; `stop` ends it, and nothing of it
   * stays. Rejects with `nothing-to-save`, `busy`, `save-stopped`, or what the place refuses (`save-denied`, `save-full`,
   * `save-failed`).
   */
  saveInto(
    artifact: Artifact,
    place: SavePlace,
    options: SaveOptions,
    progress: (bytes: number, total: number) => void,
  ): Promise<Saved>;
  /** Which matmul kernels compute, after a change if one is asked for. Rejects with `busy` while a stage runs, `wish-not-kept`. */
  kernels(request: KernelRequest): Promise<KernelReport>;
  /**
   * Every kernel beside its float64 twin, on small shapes; what is held is the same afterwards. Rejects with `busy` while a
   * stage runs.
   */
  selfTest(request: SelfTestRequest, listen: (progress: SelfTestProgress) => void): Promise<SelfTestReport>;
  /** After the kernel under way; the report has those before. */
  stopSelfTest(): void;
}
