/** Token rows of whole datasets, kept from run to run: a large file takes as long as many training steps. */
import type { Watch } from '../watch';
import { type TokenizedRows, type TokenizeOptions, tokenizeExamples } from './examples';
import type { Example } from './jsonl';
import type { ChatTokenizer } from './tokenizer';

interface Kept {
  readonly options: TokenizeOptions;
  readonly made: TokenizedRows;
}

export class TokenizedData {
  /** Weak: what a replaced dataset or model was tokenised to goes with it. */
  private readonly kept = new WeakMap<readonly Example[], WeakMap<ChatTokenizer, Kept>>();

  /** Undefined when stopped. */
  async rows(
    tokenizer: ChatTokenizer,
    examples: readonly Example[],
    options: TokenizeOptions,
    watch: Watch,
  ): Promise<TokenizedRows | undefined> {
    const byTokenizer = this.kept.get(examples) ?? new WeakMap<ChatTokenizer, Kept>();
    const known = byTokenizer.get(tokenizer);
    if (known && sameOptions(known.options, options)) return known.made;
    const made = await tokenizeExamples(tokenizer, examples, options, watch);
    if (made) this.kept.set(examples, byTokenizer.set(tokenizer, { options, made }));
    return made;
  }
}

function sameOptions(a: TokenizeOptions, b: TokenizeOptions): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
