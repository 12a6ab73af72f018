/** The wire between page and worker: two unions. A command with an id is answered by `reply` or `failed`. */
import type { AdapterFacts } from '../engine/gpu/device';
import type { DownloadProgress, HubModel, HubRequest, StoredModel } from '../engine/hub/types';
import type {
  AdapterArtifact,
  AdapterInfo,
  Artifact,
  Dataset,
  FolderSource,
  KernelReport,
  KernelRequest,
  MemoryPlan,
  ModelInfo,
  ModelSource,
  Role,
  Saved,
  SaveOptions,
  Split,
  Stage,
  StageEvent,
  StageResult,
} from '../engine/studio';
import type { Recipe } from '../engine/train/recipe';

export type Command =
  | { readonly type: 'open'; readonly id: number }
  | { readonly type: 'loadModel'; readonly id: number; readonly role: Role; readonly source: ModelSource }
  | {
      readonly type: 'loadData';
      readonly id: number;
      readonly split: Split;
      readonly name: string;
      readonly file: Blob;
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
      readonly folder: FileSystemDirectoryHandle;
      readonly options: SaveOptions;
    }
  | { readonly type: 'kernels'; readonly id: number; readonly request: KernelRequest }
  | { readonly type: 'plan'; readonly id: number; readonly recipe: Recipe }
  | { readonly type: 'run'; readonly id: number; readonly stage: Stage; readonly recipe: Recipe }
  | { readonly type: 'findModel'; readonly id: number; readonly request: HubRequest }
  | { readonly type: 'download'; readonly id: number; readonly request: HubRequest }
  | { readonly type: 'storedModels'; readonly id: number }
  | { readonly type: 'deleteStored'; readonly id: number; readonly key: string }
  | { readonly type: 'cancelDownload' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'stop' };

export type Reply =
  | { readonly to: 'open'; readonly value: AdapterFacts }
  | { readonly to: 'loadModel'; readonly value: ModelInfo }
  | { readonly to: 'loadData'; readonly value: Dataset }
  | { readonly to: 'loadAdapter'; readonly value: AdapterInfo }
  | { readonly to: 'discardAdapter'; readonly value: true }
  | { readonly to: 'restoreResult'; readonly value: true }
  | { readonly to: 'saveInto'; readonly value: Saved }
  | { readonly to: 'kernels'; readonly value: KernelReport }
  | { readonly to: 'plan'; readonly value: MemoryPlan }
  | { readonly to: 'run'; readonly value: StageResult }
  | { readonly to: 'findModel'; readonly value: HubModel }
  | { readonly to: 'download'; readonly value: StoredModel }
  | { readonly to: 'storedModels'; readonly value: readonly StoredModel[] }
  | { readonly to: 'deleteStored'; readonly value: readonly StoredModel[] };

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly detail: Readonly<Record<string, string | number>>;
}

export type Event =
  | { readonly type: 'reply'; readonly id: number; readonly reply: Reply }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure }
  | { readonly type: 'stage'; readonly id: number; readonly event: StageEvent }
  | { readonly type: 'saving'; readonly id: number; readonly bytes: number; readonly total: number }
  | { readonly type: 'download'; readonly id: number; readonly progress: DownloadProgress }
  /** The worker or its GPU is gone; nothing more will come. */
  | { readonly type: 'lost'; readonly failure: Failure };
