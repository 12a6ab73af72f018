/**
 * Work that nobody can bound before it is done: a tokenizer's own expressions and rules on a text. Nothing in the same thread can end
 * it, so whoever runs the engine is told before it begins, and ends the thread when it does not come back.
 */
import type { ChatTokenizer } from './data/tokenizer';

export interface Risk {
  /** Whose tokenizer it is. */
  readonly model: string;
  /** After so long without another word it will not come back. */
  readonly seconds: number;
}

export interface Lookout {
  /** Does the work; its result, or what it throws. */
  during<T>(risk: Risk, work: () => T): T;
}

/** Where whoever runs the engine looks after it otherwise. */
export const noLookout: Lookout = { during: (_, work) => work() };

/** Told again after this: rows that are tokenised one after the other are no single piece of work. */
const AGAIN = 1000;
/** Milliseconds from which the end of the work is told by itself. */
const LONG = 50;

/** `tell` is told of the work before it begins, and undefined when it is over: a word a second at most, whatever is tokenised. */
export function createLookout(tell: (risk: Risk | undefined) => void): Lookout {
  let told: (Risk & { readonly since: number }) | undefined;
  const over = (): void => {
    if (told) tell(undefined);
    told = undefined;
  };
  return {
    during: (risk, work) => {
      const since = performance.now();
      if (!told || told.model !== risk.model || told.seconds < risk.seconds || since - told.since > AGAIN) {
        // Once this turn of the thread has come to its end, so has the work.
        if (!told) setTimeout(over);
        told = { ...risk, since };
        tell(risk);
      }
      try {
        return work();
      } finally {
        if (performance.now() - since > LONG) over();
      }
    },
  };
}

/** Published tokenizers take milliseconds for a row, and half a minute for a million characters of the worst kind. */
function secondsFor(characters: number): number {
  return 10 + Math.ceil(characters / 15_000);
}

/** For reading or writing a text of so many characters, or tokens. */
export function readingOf(model: string, characters: number): Risk {
  return { model, seconds: secondsFor(characters) };
}

/** The same tokenizer, looked after. */
export function lookedAfter(tokenizer: ChatTokenizer, model: string, lookout: Lookout): ChatTokenizer {
  const after = <T>(characters: number, work: () => T): T => lookout.during(readingOf(model, characters), work);
  return {
    ...tokenizer,
    prompt: (messages) =>
      after(
        messages.reduce((sum, { content }) => sum + content.length, 0),
        () => tokenizer.prompt(messages),
      ),
    encode: (text) => after(text.length, () => tokenizer.encode(text)),
    decode: (ids) => after(ids.length, () => tokenizer.decode(ids)),
    show: (ids) => after(ids.length, () => tokenizer.show(ids)),
  };
}

/** For making a tokenizer of its files: seconds for the largest. */
export function openingOf(model: string): Risk {
  return { model, seconds: 60 };
}
