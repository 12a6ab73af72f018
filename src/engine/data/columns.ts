/** Which columns of a file are question and answer: by the names that such files have, or as a person chose. */
import { shorten, shown } from '../studioError';

export interface Mapping {
  readonly question: string;
  readonly answer: string;
  /** Put behind the question, without anything between. */
  readonly input?: string | undefined;
  readonly system?: string | undefined;
  /** False: the first line of a table is a row, and its columns are named 1, 2, … */
  readonly header?: boolean | undefined;
}

/** What a person needs to choose columns, and what was chosen. */
export interface Columns {
  readonly names: readonly string[];
  /** The first rows, their values as short text. */
  readonly samples: readonly Readonly<Record<string, string>>[];
  /** By which the rows were read; undefined for conversations, and where no names are known. */
  readonly mapping: Mapping | undefined;
  /** A list of messages is among them: nothing to choose. */
  readonly conversations: boolean;
  /** The names stand in the first line of a table. */
  readonly table: boolean;
}

type Part = 'question' | 'answer' | 'input' | 'system';

/** In the order of preference, where a file has several of them. */
const names: Readonly<Record<Part, readonly string[]>> = {
  question: [
    ...['instruction', 'prompt', 'question', 'query', 'user', 'human', 'problem', 'q'],
    ...['问题', '指令', '提问', '题目', '用户', '问'],
  ],
  answer: [
    ...['output', 'completion', 'response', 'answer', 'reply', 'assistant', 'solution', 'target', 'a'],
    ...['答案', '回答', '输出', '回复', '答复', '答'],
  ],
  input: ['input', '输入'],
  system: ['system', 'system_prompt', '系统', '系统提示', '系统提示词'],
};
const known = new Map(
  Object.entries(names).flatMap(([part, list]) => list.map((name, rank) => [name, { part: part as Part, rank }])),
);

/** Lists of messages, by the names that they have. */
export const chatNames = ['messages', 'conversations', 'conversation', '对话'] as const;

/** The columns of a row by their names; a question or an answer that is not there is undefined. */
export function recognise(keys: readonly string[]): Partial<Record<Part, string>> {
  const found: Partial<Record<Part, string>> = {};
  const ranks: Partial<Record<Part, number>> = {};
  for (const key of keys) {
    const name = known.get(key) ?? known.get(plain(key));
    if (!name || name.rank >= (ranks[name.part] ?? Number.POSITIVE_INFINITY)) continue;
    found[name.part] = key;
    ranks[name.part] = name.rank;
  }
  // Input and output alone: the input is what is asked.
  if (found.question !== undefined || found.input === undefined) return found;
  const { input, ...rest } = found;
  return { ...rest, question: input };
}

function plain(key: string): string {
  return key
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
}

const shownRows = 3;
/** As many as a table may have; each is a choice in a list. */
export const MOST_COLUMNS = 1000;

/** From the rows of a file, parsed but not yet read. */
export function columnsOf(rows: readonly unknown[], chosen: Mapping | undefined, table: boolean): Columns | undefined {
  const first = rows.slice(0, shownRows).filter(isObject);
  const all = [...new Set(first.flatMap((row) => Object.keys(row)))];
  if (all.length === 0) return undefined;
  const keys = all.slice(0, MOST_COLUMNS);
  const samples = first.map((row) =>
    Object.fromEntries(keys.flatMap((key) => (Object.hasOwn(row, key) ? [[key, short(row[key])]] : []))),
  );
  const conversations = chatNames.some((name) => all.includes(name));
  const mapping = mappingOf(all, chosen, conversations);
  return { names: keys, samples, mapping, conversations, table };
}

function mappingOf(keys: readonly string[], chosen: Mapping | undefined, conversations: boolean): Mapping | undefined {
  if (chosen && keys.includes(chosen.question) && keys.includes(chosen.answer)) return chosen;
  if (conversations) return undefined;
  const { question, answer, ...rest } = recognise(keys);
  return question === undefined || answer === undefined ? undefined : { question, answer, ...rest };
}

function short(value: unknown): string {
  return typeof value === 'string' ? shorten(value) : shown(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
