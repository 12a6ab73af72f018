/** The part of the engine's door that models and adapters go through, from folders and from a Hub. Types only. */
import type { Licence } from './formats/licence';
import type { Pushed, PushFolder, PushPreview, PushProgress, PushRequest } from './hub/push/types';
import type { DownloadProgress, HubModel, HubRequest, StoredModel } from './hub/types';
import type { AdapterArtifact, Role } from './studio';

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

/** Where a model comes from and under which terms, as far as its folder or its Hub says. */
export interface ModelOrigin {
  /** `owner/name` on a Hub, and its commit. */
  readonly repository?: string | undefined;
  readonly commit?: string | undefined;
  /** Undefined where nothing says it. */
  readonly licence?: Licence | undefined;
  /** Who says it: the Hub, the card beside the weights, or a file with the licence's text. */
  readonly stated: 'hub' | 'card' | 'file' | 'nowhere';
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
  readonly origin?: ModelOrigin | undefined;
  /** Against the other model, where both are loaded: distillation needs the same tokens in both. */
  readonly mismatch?: TokenDifference | undefined;
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

export interface ModelsDoor {
  loadModel(role: Role, source: ModelSource): Promise<ModelInfo>;
  /** Gives back all that a model holds, with what was trained on it and from it; nothing where none is loaded. */
  closeModel(role: Role): Promise<void>;
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
}

export interface HubDoor {
  /** What a model on the Hub is, and whether it can be used, before it is downloaded. */
  findModel(request: HubRequest): Promise<HubModel>;
  /** Into the browser's storage; goes on where an earlier download ended. Runs beside everything else. */
  download(request: HubRequest, listen: (progress: DownloadProgress) => void): Promise<StoredModel>;
  /** The download rejects with `hub-cancelled`; what has come is kept. */
  cancelDownload(): void;
  storedModels(): Promise<readonly StoredModel[]>;
  /** Resolves with what is left. A model that was loaded from it stays loaded. */
  deleteStored(key: string): Promise<readonly StoredModel[]>;
  /** What would be pushed, and under which licences; nothing is sent. Rejects as `push` does about the folder. */
  inspectPush(folder: PushFolder): Promise<PushPreview>;
  /**
   * Sends a folder to a model repository, which is made if need be. Runs beside everything else. Rejects with `push-…` or
   * `hub-…`: `push-exists` asks for agreement; what has arrived is not sent again by the next push.
   */
  push(request: PushRequest, listen: (progress: PushProgress) => void): Promise<Pushed>;
  /** The push rejects with `push-cancelled`. */
  cancelPush(): void;
}
