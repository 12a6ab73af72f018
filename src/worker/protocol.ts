/** The wire between page and worker: two unions. A command with an id is answered by `reply` or `failed`. */
import type { Example, Problem } from '../engine/data/jsonl';
import type { RowLengths } from '../engine/data/lengths';
import type { Place, RowChange } from '../engine/data/place';
import type { RowTokens } from '../engine/data/rowTokens';
import type { Twins } from '../engine/data/twins';
import type { AdapterFacts } from '../engine/gpu/device';
import type { Pushed, PushFolder, PushPreview, PushProgress, PushRequest } from '../engine/hub/push/types';
import type { DownloadProgress, HubModel, HubRequest, StoredModel } from '../engine/hub/types';
import type { Risk } from '../engine/lookout';
import type {
  AdapterArtifact,
  AdapterInfo,
  Artifact,
  ChatEvent,
  ChatReply,
  ChatRequest,
  CheckpointFacts,
  CheckpointList,
  DataOptions,
  Dataset,
  FolderSource,
  Keeping,
  KernelReport,
  KernelRequest,
  MemoryPlan,
  ModelInfo,
  ModelSource,
  NamedFile,
  Role,
  Saved,
  SaveOptions,
  SavePlace,
  SelfTestProgress,
  SelfTestReport,
  SelfTestRequest,
  Split,
  Stage,
  StageEvent,
  StageResult,
  TokenComparison,
  TokenRequest,
  VouchEvent,
  VouchReport,
  VouchRequest,
} from '../engine/studio';
import type { Recipe } from '../engine/train/recipe';

export type Command =
  | { readonly type: 'open'; readonly id: number }
  | { readonly type: 'loadModel'; readonly id: number; readonly role: Role; readonly source: ModelSource }
  | { readonly type: 'closeModel'; readonly id: number; readonly role: Role }
  | {
      readonly type: 'loadData';
      readonly id: number;
      readonly split: Split;
      readonly name: string;
      readonly file: Blob | readonly NamedFile[];
      readonly options: DataOptions | undefined;
    }
  | { readonly type: 'editRows'; readonly id: number; readonly split: Split; readonly changes: readonly RowChange[] }
  | { readonly type: 'divideRows'; readonly id: number; readonly share: number; readonly seed: number }
  | { readonly type: 'findTwins'; readonly id: number }
  | { readonly type: 'measureRows'; readonly id: number; readonly role: Role; readonly recipe: Recipe }
  | {
      readonly type: 'rowTokens';
      readonly id: number;
      readonly split: Split;
      readonly place: Place;
      readonly role: Role;
      readonly recipe: Recipe;
    }
  | { readonly type: 'loadAdapter'; readonly id: number; readonly role: Role; readonly source: FolderSource }
  | { readonly type: 'discardAdapter'; readonly id: number; readonly role: Role }
  | {
      readonly type: 'restoreResult';
      readonly id: number;
      readonly artifact: AdapterArtifact;
      readonly source: FolderSource;
      readonly steps: number;
    }
  | {
      readonly type: 'saveInto';
      readonly id: number;
      readonly artifact: Artifact;
      readonly place: SavePlace;
      readonly options: SaveOptions;
    }
  | { readonly type: 'kernels'; readonly id: number; readonly request: KernelRequest }
  | { readonly type: 'selfTest'; readonly id: number; readonly request: SelfTestRequest }
  | { readonly type: 'plan'; readonly id: number; readonly recipe: Recipe }
  | {
      readonly type: 'run';
      readonly id: number;
      readonly stage: Stage;
      readonly recipe: Recipe;
      readonly keeping: Keeping | undefined;
    }
  | { readonly type: 'checkpoints'; readonly id: number }
  | { readonly type: 'inspectCheckpoint'; readonly id: number; readonly file: Blob }
  | { readonly type: 'checkpointFile'; readonly id: number; readonly key: string }
  | { readonly type: 'deleteCheckpoints'; readonly id: number; readonly keys: readonly string[] }
  | { readonly type: 'chat'; readonly id: number; readonly request: ChatRequest }
  | { readonly type: 'compareTokens'; readonly id: number; readonly request: TokenRequest }
  | { readonly type: 'vouch'; readonly id: number; readonly request: VouchRequest }
  | { readonly type: 'findModel'; readonly id: number; readonly request: HubRequest }
  | { readonly type: 'download'; readonly id: number; readonly request: HubRequest }
  | { readonly type: 'storedModels'; readonly id: number }
  | { readonly type: 'deleteStored'; readonly id: number; readonly key: string }
  | { readonly type: 'inspectPush'; readonly id: number; readonly folder: PushFolder }
  | { readonly type: 'push'; readonly id: number; readonly request: PushRequest }
  | { readonly type: 'cancelPush' }
  | { readonly type: 'cancelDownload' }
  | { readonly type: 'stopSelfTest' }
  | { readonly type: 'stopChat' }
  | { readonly type: 'stopVouching' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'stop' };

export type Reply =
  | { readonly to: 'open'; readonly value: AdapterFacts }
  | { readonly to: 'loadModel'; readonly value: ModelInfo }
  | { readonly to: 'closeModel'; readonly value: true }
  | { readonly to: 'loadData'; readonly value: Dataset }
  | { readonly to: 'editRows'; readonly value: true }
  | { readonly to: 'divideRows'; readonly value: Uint32Array }
  | { readonly to: 'findTwins'; readonly value: Readonly<Partial<Record<Split, Twins>>> }
  | { readonly to: 'measureRows'; readonly value: Readonly<Partial<Record<Split, RowLengths>>> }
  | { readonly to: 'rowTokens'; readonly value: RowTokens | Problem }
  | { readonly to: 'loadAdapter'; readonly value: AdapterInfo }
  | { readonly to: 'discardAdapter'; readonly value: true }
  | { readonly to: 'restoreResult'; readonly value: true }
  | { readonly to: 'saveInto'; readonly value: Saved }
  | { readonly to: 'kernels'; readonly value: KernelReport }
  | { readonly to: 'selfTest'; readonly value: SelfTestReport }
  | { readonly to: 'plan'; readonly value: MemoryPlan }
  | { readonly to: 'run'; readonly value: StageResult }
  | { readonly to: 'checkpoints'; readonly value: CheckpointList }
  | { readonly to: 'inspectCheckpoint'; readonly value: CheckpointFacts }
  | { readonly to: 'checkpointFile'; readonly value: Blob }
  | { readonly to: 'deleteCheckpoints'; readonly value: true }
  | { readonly to: 'chat'; readonly value: readonly ChatReply[] }
  | { readonly to: 'compareTokens'; readonly value: TokenComparison }
  | { readonly to: 'vouch'; readonly value: VouchReport }
  | { readonly to: 'findModel'; readonly value: HubModel }
  | { readonly to: 'download'; readonly value: StoredModel }
  | { readonly to: 'storedModels'; readonly value: readonly StoredModel[] }
  | { readonly to: 'deleteStored'; readonly value: readonly StoredModel[] }
  | { readonly to: 'inspectPush'; readonly value: PushPreview }
  | { readonly to: 'push'; readonly value: Pushed };

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly detail: Readonly<Record<string, string | number>>;
}

export type Event =
  | { readonly type: 'reply'; readonly id: number; readonly reply: Reply }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure }
  | { readonly type: 'stage'; readonly id: number; readonly event: StageEvent }
  /** Rows of a file before the reply that says the rest about it: all at once they would stop the page for seconds. */
  | { readonly type: 'rows'; readonly id: number; readonly examples: readonly Example[] }
  | { readonly type: 'measuring'; readonly id: number; readonly done: number; readonly total: number }
  | { readonly type: 'chat'; readonly id: number; readonly event: ChatEvent }
  | { readonly type: 'saving'; readonly id: number; readonly bytes: number; readonly total: number }
  | { readonly type: 'download'; readonly id: number; readonly progress: DownloadProgress }
  | { readonly type: 'push'; readonly id: number; readonly progress: PushProgress }
  | { readonly type: 'selfTest'; readonly id: number; readonly progress: SelfTestProgress }
  | { readonly type: 'vouch'; readonly id: number; readonly event: VouchEvent }
  /** Work that may never end begins, or, undefined, is over. */
  | { readonly type: 'risk'; readonly risk: Risk | undefined }
  /** The worker or its GPU is gone; nothing more will come. */
  | { readonly type: 'lost'; readonly failure: Failure };
