/** Questions to the models that no stage asks: a conversation, and one row token by token. Types only. */
import type { Message } from './data/jsonl';
import type { Split, Subject } from './studio';
import type { Recipe } from './train/recipe';

export type { Message } from './data/jsonl';

export interface ChatAsk {
  readonly subject: Subject;
  /** Its own conversation so far; ends with what it is to answer. */
  readonly messages: readonly Message[];
}

export interface ChatRequest {
  /** Answered one after the other: each has the card to itself, so its speed is its own. */
  readonly asks: readonly ChatAsk[];
  /** How an answer is drawn and how long it may be are `generation`, `seed` and `evaluation.maxNewTokens`, as in an evaluation. */
  readonly recipe: Recipe;
}

/** An answer so far, or as it ended. Times are in milliseconds since the model was asked. */
export interface ChatReply {
  readonly subject: Subject;
  readonly text: string;
  readonly tokens: number;
  /** Until its first token; undefined while there is none. */
  readonly firstMilliseconds: number | undefined;
  /** Until its last one. */
  readonly milliseconds: number;
  /** At its end token, at the most new tokens (or the end of the context), or when it was stopped. */
  readonly ended: 'end' | 'length' | 'stopped' | undefined;
}

/** After every token: `added` is new text, whole characters only; the last event of an answer has `ended`. */
export interface ChatEvent extends Omit<ChatReply, 'text'> {
  readonly added: string;
}

export interface TokenRequest {
  readonly split: Split;
  /** Which of the rows, from 0; or the one of so many, spread evenly, whose mean divergence is the largest. */
  readonly row: { readonly index: number } | { readonly among: number };
  readonly teacher: Subject;
  readonly student: Subject;
  /** For its system prompt. */
  readonly recipe: Recipe;
}

export interface TokenChoice {
  readonly id: number;
  /** Its characters; bytes in hexadecimal where it is no whole character. */
  readonly text: string;
  readonly probability: number;
}

/** What one model expects at a position. */
export interface Expectation {
  /** The most likely tokens, the lowest id first among equals. */
  readonly top: readonly TokenChoice[];
  /** Probability of the token that is wanted. */
  readonly wanted: number;
}

export interface TokenPosition {
  readonly id: number;
  readonly text: string;
  /** KL(teacher ‖ student) in nats, at temperature 1 whatever the recipe's. */
  readonly divergence: number;
  readonly sameTop: boolean;
  readonly teacher: Expectation;
  readonly student: Expectation;
}

/** A row under both models at the positions of its labels: the answer and its end token, nothing cut or filled up. */
export interface TokenComparison {
  readonly split: Split;
  readonly index: number;
  /** Rows that were looked at to find it. */
  readonly asked: number;
  readonly line: number;
  readonly question: string;
  readonly teacher: Subject;
  readonly student: Subject;
  readonly positions: readonly TokenPosition[];
}

export interface InquiriesDoor {
  /**
   * Asks models as they are now. Like `compareTokens` it is refused with `busy` while a stage computes, and possible while one
   * is paused, which goes on after it; with `answering` while another is under way.
   */
  chat(request: ChatRequest, listen: (event: ChatEvent) => void): Promise<readonly ChatReply[]>;
  /** What was answered so far is the answer; models that have not begun give none. */
  stopChat(): void;
  /** One row under teacher and student as they are now. */
  compareTokens(request: TokenRequest): Promise<TokenComparison>;
}
