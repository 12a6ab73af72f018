/** What a row is, and one parsed JSON value to a row, or to the sentence that says what is wrong with it. */
import { shorten, shown } from '../studioError';
import { chatNames, type Mapping, recognise } from './columns';

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface Example {
  /** Only where several files were opened as one. */
  readonly file?: string | undefined;
  /** Line in the file, counted from 1; in a JSON array, the number of the item. */
  readonly line: number;
  /** Ends with the assistant's answer, the only part that is learnt; may start with a system prompt of its own. */
  readonly messages: readonly Message[];
  /** The last user turn. */
  readonly question: string;
  /** The assistant's last turn. */
  readonly answer: string;
}

export interface Problem {
  /** Only where several files were opened as one. */
  readonly file?: string | undefined;
  /** 0 when the problem is the whole file's. */
  readonly line: number;
  readonly code: string;
  /** An English sentence that says the line. */
  readonly message: string;
  readonly detail: Readonly<Record<string, string | number>>;
}

type Json = Readonly<Record<string, unknown>>;
type Detail = Record<string, string | number>;

/** What a JSON value is, in words; the keys go into `detail`, for other languages. */
const kinds = {
  null: 'null',
  list: 'a list',
  object: 'an object',
  message: 'an object with role and content',
  text: 'text',
  number: 'a number',
  boolean: 'true or false',
} as const;
type Kind = keyof typeof kinds;

/**
 * Columns for question and answer, optionally input and system (the user turn is question and input, joined without
 * anything between, as in the recipe), or a list of messages with `role` and `content`, or `from` and `value`. A mapping
 * goes before the names that are known, where the row has its columns.
 */
export function readRow(value: unknown, line: number, mapping?: Mapping): Example | Problem {
  if (!isObject(value)) {
    const found = kindOf(value);
    return problem(line, 'row-not-object', `Line ${line} must be a JSON object, but it is ${kinds[found]}.`, { found });
  }
  const messages = readMessages(value, line, mapping);
  return Array.isArray(messages) ? finish(messages, line) : messages;
}

function readMessages(row: Json, line: number, mapping: Mapping | undefined): Message[] | Problem {
  if (mapping && mapping.question in row && mapping.answer in row) return readColumns(row, line, mapping);
  const chat = chatNames.find((name) => name in row);
  if (chat) return readChat(row, line, chat);
  const columns = recognise(Object.keys(row));
  if (columns.question === undefined) return missing(line, 'instruction', Object.keys(row));
  if (columns.answer === undefined) return missing(line, 'output', Object.keys(row));
  return readColumns(row, line, { ...columns, question: columns.question, answer: columns.answer });
}

function readColumns(row: Json, line: number, { question, answer, input, system }: Mapping): Message[] | Problem {
  for (const field of [question, answer]) if (typeof row[field] !== 'string') return wrongType(line, field, row[field]);
  for (const field of [input, system]) {
    if (field !== undefined && row[field] != null && typeof row[field] !== 'string')
      return wrongType(line, field, row[field]);
  }
  const text = (field: string | undefined): string => (field === undefined ? '' : String(row[field] ?? ''));
  const before = readHistory(row.history, line);
  if (!Array.isArray(before)) return before;
  return [
    ...(text(system) === '' ? [] : [{ role: 'system', content: text(system) } as const]),
    ...before,
    { role: 'user', content: text(question) + text(input) },
    { role: 'assistant', content: text(answer) },
  ];
}

/** Earlier turns beside question and answer, as pairs: [[question, answer], …]. */
function readHistory(history: unknown, line: number): Message[] | Problem {
  if (!Array.isArray(history)) return [];
  const messages: Message[] = [];
  for (const [i, pair] of history.entries()) {
    const [asked, answered] = Array.isArray(pair) ? pair : [];
    if (typeof asked !== 'string') return wrongType(line, `history[${i}][0]`, asked);
    if (typeof answered !== 'string') return wrongType(line, `history[${i}][1]`, answered);
    messages.push({ role: 'user', content: asked }, { role: 'assistant', content: answered });
  }
  return messages;
}

/** Names of the speakers in conversations, as ShareGPT and its descendants write them. */
const roles: Readonly<Record<string, Message['role']>> = {
  ...{ system: 'system', user: 'user', human: 'user', assistant: 'assistant', gpt: 'assistant', model: 'assistant' },
};

function readChat(row: Json, line: number, name: string): Message[] | Problem {
  const list = row[name];
  if (!Array.isArray(list)) return wrongType(line, name, list, 'list');
  const messages: Message[] = [];
  // ShareGPT has the system prompt beside the conversation.
  if (typeof row.system === 'string' && row.system !== '') messages.push({ role: 'system', content: row.system });
  for (const [i, item] of list.entries()) {
    const message = readMessage(item, line, `${name}[${i}]`);
    if ('code' in message) return message;
    if (message.role === 'system' && messages.length > 0) {
      const field = `${name}[${i}]`;
      const said = `Line ${line}: "${field}" is a system message, but not the first one.`;
      return problem(line, 'system-not-first', said, { field });
    }
    messages.push(message);
  }
  return messages;
}

function readMessage(item: unknown, line: number, field: string): Message | Problem {
  if (!isObject(item)) return wrongType(line, field, item, 'message');
  const [roleKey, textKey] = 'from' in item && !('role' in item) ? ['from', 'value'] : ['role', 'content'];
  const [role, content] = [item[roleKey], item[textKey]];
  if (role === undefined) return missing(line, `${field}.${roleKey}`, Object.keys(item));
  const speaker = typeof role === 'string' && Object.hasOwn(roles, role) ? roles[role] : undefined;
  if (!speaker) return unknownRole(line, `${field}.${roleKey}`, role);
  if (content === undefined) return missing(line, `${field}.${textKey}`, Object.keys(item));
  if (typeof content !== 'string') return wrongType(line, `${field}.${textKey}`, content);
  return { role: speaker, content };
}

function finish(messages: readonly Message[], line: number): Example | Problem {
  const answer = messages.at(-1);
  const question = messages.findLast((message) => message.role === 'user');
  if (answer?.role !== 'assistant') {
    const message = `Line ${line}: the last message is not an answer of the assistant, so there is nothing to learn.`;
    return problem(line, 'no-final-answer', message);
  }
  if (!question) return problem(line, 'no-user-message', `Line ${line} has no message of the user.`);
  if (answer.content.trim() === '')
    return problem(line, 'empty-answer', `Line ${line} has an empty answer: there is nothing to learn from it.`);
  if (question.content.trim() === '') return problem(line, 'empty-question', `Line ${line} has an empty question.`);
  return { line, messages, question: question.content, answer: answer.content };
}

function missing(line: number, field: string, present: readonly string[]): Problem {
  const found = present.length > 0 ? shorten(present.slice(0, 8).join(', ')) : '—';
  return problem(line, 'field-missing', `Line ${line} has no field "${field}" (fields found: ${found}).`, {
    field,
    found,
  });
}

function wrongType(line: number, name: string, value: unknown, expected: Kind = 'text'): Problem {
  const [found, field] = [kindOf(value), shorten(name)];
  const message = `Line ${line}: "${field}" must be ${kinds[expected]}, but it is ${kinds[found]}.`;
  return problem(line, 'field-type', message, { field, expected, found });
}

function unknownRole(line: number, field: string, role: unknown): Problem {
  const found = shown(role).slice(0, 40);
  const message = `Line ${line}: "${field}" must be system, user or assistant, but it is ${found}.`;
  return problem(line, 'unknown-role', message, { field, found });
}

function problem(line: number, code: string, message: string, detail: Detail = {}): Problem {
  return { line, code, message, detail: { line, ...detail } };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): Kind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  const type = typeof value;
  return type === 'number' || type === 'boolean' || type === 'object' ? type : 'text';
}
