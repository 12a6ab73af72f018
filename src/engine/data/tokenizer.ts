/** Text to token ids and back, with the model's own chat template. Sole importer of @huggingface/transformers. */
import { PreTrainedTokenizer } from '@huggingface/transformers';
import { StudioError, shorten, shown } from '../studioError';
import type { Message } from './jsonl';
import { compileTemplate } from './template';

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
  checkNumbers(tokenizerJson);
  const tokenizer = construct(tokenizerJson, tokenizerConfig);
  const endToken: unknown = tokenizer.eos_token_id;
  if (typeof endToken !== 'number')
    throw invalid('tokenizer_config.json names no "eos_token" that is in the vocabulary');
  const render = templateOf(tokenizer);
  const tokens: string[] = [];
  for (const [text, id] of tokenizer.get_vocab()) tokens[id] = text;
  const padToken = tokenizer.pad_token_id;
  const encode = (text: string): number[] => {
    const ids = refusing('it cannot divide a text', () => tokenizer.encode(text, { add_special_tokens: false }));
    // A row of the embedding each: what its rules make of a text is not yet one.
    const strange = ids.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= tokens.length);
    if (strange >= 0) throw invalid(`it gives a text the number ${shown(ids[strange])}, which is no token's`);
    return ids;
  };
  // Tidying spaces would change answers, and with them what the judge sees.
  const decode = (ids: number[], skip: boolean): string =>
    ids.length === 0
      ? ''
      : refusing('it cannot put a text together', () =>
          tokenizer.decode(ids, { skip_special_tokens: skip, clean_up_tokenization_spaces: false }),
        );
  return {
    prompt: (messages) => encode(render(messages)),
    encode,
    decode: (ids) => decode(Array.from(ids), true),
    show: (ids) => decode([...ids], false),
    endToken,
    padToken: padToken ?? endToken,
    token: (id) => tokens[id],
    vocabularySize: tokens.length,
  };
}

/** Eight times the largest vocabulary there is. The library makes a place for every number up to the highest. */
const MOST_TOKENS = 2 ** 21;

/** Every token's number is one of a row of the embedding: looked at before the library believes it. */
function checkNumbers(json: unknown): void {
  const { model, added_tokens: added } = fieldsOf(json);
  const { vocab } = fieldsOf(model);
  const numbers = Array.isArray(vocab) ? [] : Object.entries(fieldsOf(vocab));
  for (const token of Array.isArray(added) ? added : []) {
    const { content, id } = fieldsOf(token);
    numbers.push([typeof content === 'string' ? content : shown(content), id]);
  }
  for (const [text, id] of numbers) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= MOST_TOKENS)
      throw invalid(`its token "${shorten(text)}" has the number ${shown(id)}`);
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function construct(tokenizerJson: unknown, tokenizerConfig: unknown): PreTrainedTokenizer {
  try {
    return new PreTrainedTokenizer(tokenizerJson, tokenizerConfig);
  } catch (error) {
    throw invalid(shorten(error instanceof Error ? error.message : String(error)));
  }
}

const fails = 'its chat template does not run';

type Render = (messages: readonly Message[]) => string;

/** Templates are programs: one that does not run is found here, not in the middle of a file. */
function templateOf(tokenizer: PreTrainedTokenizer): Render {
  if (tokenizer.chat_template == null) {
    throw new StudioError(
      'no-chat-template',
      'The tokenizer has no chat template, so the rows cannot be put into the form the model knows.',
    );
  }
  const tokens = namedTokens(tokenizer.config);
  const run = refusing(fails, () => compileTemplate(templateText(tokenizer)));
  const render: Render = (messages) => run(messages, { tools: null, documents: null, ...tokens });
  const checked: Render = (messages) => refusing(fails, () => render(messages));
  checked([{ role: 'user', content: '1' }]);
  return checked;
}

const tokenNames = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'];

/** What templates know by name: those that the tokenizer's config names, as text or as a token with settings. */
function namedTokens(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const named = tokenNames.map((name) => {
    const token = config[name];
    return [name, typeof token === 'object' && token !== null && 'content' in token ? token.content : token] as const;
  });
  return Object.fromEntries(named.filter(([, token]) => token));
}

function templateText(tokenizer: PreTrainedTokenizer): string {
  const text: unknown = tokenizer.get_chat_template();
  if (typeof text === 'string') return text;
  throw new Error('it is not text');
}

function refusing<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw invalid(`${what} (${shorten(error instanceof Error ? error.message : String(error))})`);
  }
}

function invalid(reason: string): StudioError {
  return new StudioError('tokenizer-invalid', `The tokenizer cannot be used: ${reason}.`, { reason });
}
