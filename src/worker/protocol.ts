/** The wire between page and worker: two unions. A command with an id is answered by `reply` or `failed`. */
import type { AdapterFacts } from '../engine/gpu/device';
import type {
  Dataset,
  MemoryPlan,
  ModelInfo,
  ModelSource,
  Role,
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
  | { readonly type: 'plan'; readonly id: number; readonly recipe: Recipe }
  | { readonly type: 'run'; readonly id: number; readonly stage: Stage; readonly recipe: Recipe }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'stop' };

export type Reply =
  | { readonly to: 'open'; readonly value: AdapterFacts }
  | { readonly to: 'loadModel'; readonly value: ModelInfo }
  | { readonly to: 'loadData'; readonly value: Dataset }
  | { readonly to: 'plan'; readonly value: MemoryPlan }
  | { readonly to: 'run'; readonly value: StageResult };

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly detail: Readonly<Record<string, string | number>>;
}

export type Event =
  | { readonly type: 'reply'; readonly id: number; readonly reply: Reply }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure }
  | { readonly type: 'stage'; readonly id: number; readonly event: StageEvent }
  /** The worker or its GPU is gone; nothing more will come. */
  | { readonly type: 'lost'; readonly failure: Failure };
