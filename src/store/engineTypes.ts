/** The engine's types that the page speaks in. */
export type { Columns, Mapping } from '../engine/data/columns';
export type { Example, Problem } from '../engine/data/jsonl';
export type { RowLengths } from '../engine/data/lengths';
export type { Place as RowPlace, RowChange } from '../engine/data/place';
export type { RowTokens, ShownToken } from '../engine/data/rowTokens';
export type { Twins } from '../engine/data/twins';
export type { AdapterFacts } from '../engine/gpu/device';
export type { Timing } from '../engine/gpu/variants';
export type { Count } from '../engine/gpu/work';
export type {
  BaseModel,
  Pushed,
  PushFile,
  PushFolder,
  PushPreview,
  PushProgress,
  PushRequest,
  Visibility,
} from '../engine/hub/push/types';
export type { DownloadProgress, HubModel, HubRequest, Licence, StoredModel } from '../engine/hub/types';
export type { JudgedEvaluation } from '../engine/runs/wholeRun';
export type {
  AdapterArtifact,
  AdapterInfo,
  Answer,
  Artifact,
  ChatEvent,
  ChatReply,
  Dataset,
  Evaluation,
  Expectation,
  FolderSource,
  Form,
  Keeping,
  KeptCheckpoint,
  KernelCheck,
  KernelReport,
  KernelRequest,
  MemoryHeld,
  MemoryHint,
  MemoryPlan,
  MemorySetting,
  MemoryUse,
  MergeReport,
  Message,
  ModelInfo,
  ModelSource,
  NamedFile,
  Phase,
  Role,
  Saved,
  SavePlace,
  SelfTestProgress,
  SelfTestReport,
  Split,
  Stage,
  StageEvent,
  StagePlan,
  StageResult,
  StepMetrics,
  Subject,
  TokenComparison,
  TokenDifference,
  TokenPosition,
} from '../engine/studio';
export type { Recipe } from '../engine/train/recipe';
export type {
  OnnxForm,
  SecondBackend,
  SecondRuntime,
  Verdict as VouchVerdict,
  VouchAnswer,
  VouchEvent,
  VouchPhase,
  VouchReason,
  VouchReport,
  VouchRow,
} from '../engine/vouch/report';
export type { Streamed, StreamedText } from '../engine/vouch/second';
export type { Failure } from '../worker/protocol';
