/** What was asked of the second engine, and what came of it. Types only. */
import type { OnnxForm } from '../formats/onnx/forms';
import type { FolderSource } from '../studio';
import type { Recipe } from '../train/recipe';
import type { SecondBackend, SecondRuntime } from './second';

export type { OnnxForm } from '../formats/onnx/forms';
export type { SecondBackend, SecondRuntime } from './second';

export interface VouchRequest {
  /** What was exported: the weights that our kernels read, and `onnx/` for the second engine. */
  readonly folder: FolderSource;
  readonly form: OnnxForm;
  readonly runtime: SecondRuntime;
  readonly backend: SecondBackend;
  /** How many of the test rows, spread evenly; undefined: all. */
  readonly rows?: number | undefined;
  /** For its system prompt, its judge and the most new tokens. Answers are greedy and without penalty, whatever it says. */
  readonly recipe: Recipe;
}

/** How far apart the logits of one position are, over the vocabulary. */
export interface LogitDistance {
  /** Infinity where the second engine gave NaN or infinity. */
  readonly largest: number;
  readonly mean: number;
  /** The largest logit of ours, by its size: what `largest` is measured against. */
  readonly scale: number;
}

export interface VouchToken {
  readonly id: number;
  readonly text: string;
}

/** The first token that is not the same; an answer that has ended has its end token there. */
export interface FirstDifference {
  /** In tokens of the answer, from 0. */
  readonly index: number;
  readonly ours: VouchToken;
  readonly second: VouchToken;
  /** Our logit of our first choice less that of our second choice, after the same tokens. */
  readonly margin: number;
  /** Our logit of our first choice less that of what the second engine chose. */
  readonly behind: number;
  /** So little behind that the tolerance of the logits allows for it: a tie, broken the other way. */
  readonly tie: boolean;
}

export interface VouchAnswer {
  readonly text: string;
  readonly correct: boolean;
}

export interface VouchRow {
  /** Only where several files were opened as one. */
  readonly file?: string;
  readonly line: number;
  readonly question: string;
  readonly expected: string;
  readonly ours: VouchAnswer;
  readonly second: VouchAnswer;
  /** At the first position of the answer. */
  readonly distance: LogitDistance;
  readonly difference: FirstDifference | undefined;
}

/** What makes a report red. */
export type VouchReason = 'not-finite' | 'logits' | 'answers' | 'accuracy';

/** `measured`: nothing that must be equal was broken, and nothing must be equal (q4). `stopped`: before anything was red. */
export type Verdict = 'agrees' | 'disagrees' | 'measured' | 'stopped';

export interface VouchSummary {
  readonly verdict: Verdict;
  readonly reasons: readonly VouchReason[];
  /** Over all rows: the largest, and the mean of the means. */
  readonly largest: number;
  readonly mean: number;
  /** Rows whose logits are further apart than the tolerance of the form. */
  readonly beyond: number;
  readonly sameAnswers: number;
  /** Rows whose answers part at a tie; they count as different. */
  readonly ties: number;
  /** Rows that each answered right, by the recipe's judge. */
  readonly correct: { readonly ours: number; readonly second: number };
}

export interface VouchReport extends VouchSummary {
  readonly model: string;
  readonly form: OnnxForm;
  readonly runtime: SecondRuntime;
  readonly backend: SecondBackend;
  readonly rows: readonly VouchRow[];
  /** Rows that were asked for; more than there are in `rows` when it was stopped. */
  readonly asked: number;
  /** Test rows that do not fit the model, and are not asked. */
  readonly leftOut: number;
  /** Until each had answered: ours all rows together, the second engine one row after the other, and opening it. */
  readonly milliseconds: { readonly ours: number; readonly opening: number; readonly second: number };
}

export type VouchPhase = 'loading' | 'answering' | 'opening' | 'comparing';

/** Told in order; rows as they are compared. */
export type VouchEvent =
  | { readonly type: 'phase'; readonly phase: VouchPhase; readonly done: number; readonly total: number }
  | { readonly type: 'row'; readonly row: VouchRow };

export interface VouchDoor {
  /**
   * An exported folder under our kernels and under a second engine, on the test rows. Both models are opened for it and
   * closed again. Rejects with `busy` while a stage runs, `answering` while the models are asked, `vouch-no-rows`,
   * `onnx-missing`, `second-memory`, `second-half`, `second-failed`, `second-unavailable`, `vouch-memory`, or what opening a model throws.
   */
  vouch(request: VouchRequest, listen: (event: VouchEvent) => void): Promise<VouchReport>;
  /** The report then has the rows that both have answered. */
  stopVouching(): void;
}
