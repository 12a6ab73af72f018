/** Text to token ids and back, with the model's own chat template. Sole importer of @huggingface/transformers. */
import { PreTrainedTokenizer } from '@huggingface/transformers';
import { StudioError } from '../studioError';
import type { Message } from './jsonl';

export interface ChatTokenizer {
  /** The conversation in the model's template, ending where the assistant begins to answer. */
  prompt(messages: readonly Message[]): number[];
  /** Plain text, nothing added. */
  encode(text: string): number[];
  /** Special tokens, and ids that are no token, are skipped. */
  decode(ids: readonly number[] | Uint32Array): string;
  /** The same with special tokens, for people to look at. */
  show(ids: readonly number[]): string;
  /** Closes the assistant's answer. */
  readonly endToken: number;
  /** The text of a token as the vocabulary writes it, or undefined where there is none of this number. */
  token(id: number): string | undefined;
  /** Fills rows up to a fixed length; the end token where the tokenizer names none. */
  readonly padToken: number;
  /** Highest id + 1; the model's vocabulary may be larger, never smaller. */
  readonly vocabularySize: number;
}

/**
 * From the parsed `tokenizer.json` and `tokenizer_config.json`. Throws a StudioError: `tokenizer-invalid`, or
 * `no-chat-template`.
 */
export function createTokenizer(tokenizerJson: unknown, tokenizerConfig: unknown): ChatTokenizer {
  const tokenizer = construct(tokenizerJson, tokenizerConfig);
  const endToken: unknown = tokenizer.eos_token_id;
  if (typeof endToken !== 'number')
    throw invalid('tokenizer_config.json names no "eos_token" that is in the vocabulary');
  checkTemplate(tokenizer);
  const tokens: string[] = [];
  for (const [text, id] of tokenizer.get_vocab()) tokens[id] = text;
  const padToken = tokenizer.pad_token_id;
  const encode = (text: string) => tokenizer.encode(text, { add_special_tokens: false });
  // Tidying spaces would change answers, and with them what the judge sees.
  const decode = (ids: number[], skip: boolean): string =>
    ids.length === 0 ? '' : tokenizer.decode(ids, { skip_special_tokens: skip, clean_up_tokenization_spaces: false });
  return {
    prompt: (messages) => encode(render(tokenizer, messages)),
    encode,
    decode: (ids) => decode(Array.from(ids), true),
    show: (ids) => decode([...ids], false),
    endToken,
    padToken: padToken ?? endToken,
    token: (id) => tokens[id],
    vocabularySize: tokens.length,
  };
}

function construct(tokenizerJson: unknown, tokenizerConfig: unknown): PreTrainedTokenizer {
  try {
    return new PreTrainedTokenizer(tokenizerJson, tokenizerConfig);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

/** Templates are programs: one that does not run is found here, not in the middle of a file. */
function checkTemplate(tokenizer: PreTrainedTokenizer): void {
  if (tokenizer.chat_template == null) {
    throw new StudioError(
      'no-chat-template',
      'The tokenizer has no chat template, so the rows cannot be put into the form the model knows.',
    );
  }
  try {
    render(tokenizer, [{ role: 'user', content: '1' }]);
  } catch (error) {
    throw invalid(`its chat template does not run (${error instanceof Error ? error.message : error})`);
  }
}

function render(tokenizer: PreTrainedTokenizer, messages: readonly Message[]): string {
  return tokenizer.apply_chat_template([...messages], { tokenize: false, add_generation_prompt: true });
}

function invalid(reason: string): StudioError {
  return new StudioError('tokenizer-invalid', `The tokenizer cannot be used: ${reason}.`, { reason });
}
