/** The part of the engine's door that stages go through: planned, run, and what they tell meanwhile. Types only. */
import type { Problem } from './data/jsonl';
import type { Count } from './gpu/work';
import type { MemoryHeld, StagePlan } from './memoryUse';
import type { MergeReport } from './mergeReport';
import type { Split, Stage, Subject } from './studio';
import type { Recipe } from './train/recipe';

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

export interface StagesDoor {
  /** What every stage would hold with this recipe. Rejects with `busy` while one runs, `replanned` when asked anew. */
  plan(recipe: Recipe): Promise<MemoryPlan>;
  /** Runs one stage. Rejects with a `StudioError`; a second start while one runs is refused with `busy`. */
  run(stage: Stage, recipe: Recipe, listen: (event: StageEvent) => void): Promise<StageResult>;
  /** At the next step boundary. */
  pause(): void;
  resume(): void;
  stop(): void;
}
