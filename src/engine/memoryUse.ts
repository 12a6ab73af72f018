/** Memory on the graphics card as a person is told of it: what it is for, planned and held. Types only. */

/** What memory is for, as a person is told. `earlier`: what an earlier run of the stage left, freed by its first step. */
export type MemoryUse =
  | 'teacher-weights'
  | 'student-weights'
  | 'merged'
  | 'adapters'
  | 'earlier'
  | 'optimizer'
  | 'activations'
  | 'gradients'
  | 'logits'
  | 'batch'
  /** The frozen teacher's pass beside the student's. */
  | 'teacher'
  | 'evaluation'
  | 'cache';

/** What a stage holds on the GPU at its fullest moment, if it were started now. */
export interface StagePlan {
  readonly bytes: number;
  readonly uses: readonly { readonly use: MemoryUse; readonly bytes: number }[];
  /** Tokens of the longest packed batch that any order of the training rows could give; 0 without training. */
  readonly tokens: number;
  /** The largest tensor that this adapter cannot bind: the stage cannot run, whatever memory is free. */
  readonly tooLarge: { readonly tensor: string; readonly bytes: number; readonly limit: number } | undefined;
  /** The one change that would save most; undefined when none saves anything. */
  readonly hint: MemoryHint | undefined;
}

/** Fields of the recipe that memory depends on; `rows.…` is to leave out rows longer than so many tokens. */
export type MemorySetting =
  | 'sft.batchSize'
  | 'distill.batchSize'
  | 'lora.rank'
  | 'lora.targets'
  | 'evaluation.maxNewTokens'
  | 'rows.train'
  | 'rows.test';

export interface MemoryHint {
  readonly setting: MemorySetting;
  readonly from: string | number;
  readonly to: string | number;
  /** What the stage would hold then, and whether the adapter could bind it all. */
  readonly bytes: number;
  readonly binds: boolean;
}

/** Most bytes that were really held while a stage ran; the others are uniforms, staging and room that kernels share, which no plan counts. */
export interface MemoryHeld {
  readonly tensors: number;
  readonly others: number;
}
