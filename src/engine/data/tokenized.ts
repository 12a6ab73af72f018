/** Token rows of whole datasets, kept from run to run: a large file takes as long as many training steps. */
import type { Watch } from '../watch';
import { type TokenizedRows, type TokenizeOptions, type TokenRow, tokenizeExamples } from './examples';
import type { Example, Problem } from './jsonl';
import type { ChatTokenizer } from './tokenizer';

interface Kept {
  readonly options: TokenizeOptions;
  readonly made: TokenizedRows;
}

/** Row by row, so that an edited row is the only one to be tokenised anew; of one set of options at a time. */
interface KeptRows {
  readonly options: TokenizeOptions;
  readonly rows: WeakMap<Example, TokenRow | Problem>;
}

export class TokenizedData {
  /** Weak: what a replaced dataset or model was tokenised to goes with it. */
  private readonly kept = new WeakMap<readonly Example[], WeakMap<ChatTokenizer, Kept>>();
  private readonly keptRows = new WeakMap<ChatTokenizer, KeptRows[]>();

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
    const made = await tokenizeExamples(tokenizer, examples, options, watch, this.rowsKept(tokenizer, options));
    if (made) this.kept.set(examples, byTokenizer.set(tokenizer, { options, made }));
    return made;
  }

  private rowsKept(tokenizer: ChatTokenizer, options: TokenizeOptions): KeptRows['rows'] {
    const kept = this.keptRows.get(tokenizer) ?? [];
    const fitting = kept.find((known) => sameOptions(known.options, options)) ?? { options, rows: new WeakMap() };
    // Training rows and test rows have options of their own; those of earlier recipes go.
    const others = kept.filter((known) => known !== fitting && known.options.asked !== options.asked);
    this.keptRows.set(tokenizer, [...others, fitting]);
    return fitting.rows;
  }
}

function sameOptions(a: TokenizeOptions, b: TokenizeOptions): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
