/** Text of an answer as its tokens come: a token may end in the middle of a character, which then waits for its rest. */
import type { ChatTokenizer } from './tokenizer';

const BROKEN = '\ufffd';

/** What all `add` and `rest` give, joined, is the decoded whole. */
export class TextStream {
  private readonly tokenizer: Pick<ChatTokenizer, 'decode'>;
  private readonly ids: number[] = [];
  /** Tokens before `shown` are told; those from `context` on are decoded again, as what joins them depends on both. */
  private context = 0;
  private shown = 0;

  constructor(tokenizer: Pick<ChatTokenizer, 'decode'>) {
    this.tokenizer = tokenizer;
  }

  /** The text that is whole with this token. */
  add(id: number): string {
    this.ids.push(id);
    const text = this.untold();
    if (text.endsWith(BROKEN)) return '';
    this.context = this.shown;
    this.shown = this.ids.length;
    return text;
  }

  /** What has not become whole. */
  rest(): string {
    return this.untold();
  }

  private untold(): string {
    const before = this.tokenizer.decode(this.ids.slice(this.context, this.shown));
    return this.tokenizer.decode(this.ids.slice(this.context)).slice(before.length);
  }
}
