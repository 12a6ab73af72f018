/** What a row is, and one parsed JSON value to a row, or to the sentence that says what is wrong with it. */

export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface Example {
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
 * Two forms: `instruction` + `input` → `output` (the user turn is instruction and input, joined without anything
 * between, as in the recipe; an optional `system` goes first), or `messages` with `role` and `content`.
 */
export function readRow(value: unknown, line: number): Example | Problem {
  if (!isObject(value)) {
    const found = kindOf(value);
    return problem(line, 'row-not-object', `Line ${line} must be a JSON object, but it is ${kinds[found]}.`, { found });
  }
  const messages = 'messages' in value ? readChat(value.messages, line) : readInstruction(value, line);
  return Array.isArray(messages) ? finish(messages, line) : messages;
}

function readInstruction(row: Json, line: number): Message[] | Problem {
  for (const field of ['instruction', 'output']) {
    if (!(field in row)) return missing(line, field, Object.keys(row));
    if (typeof row[field] !== 'string') return wrongType(line, field, row[field]);
  }
  for (const field of ['input', 'system']) {
    if (row[field] != null && typeof row[field] !== 'string') return wrongType(line, field, row[field]);
  }
  const system = String(row.system ?? '');
  return [
    ...(system === '' ? [] : [{ role: 'system', content: system } as const]),
    { role: 'user', content: String(row.instruction) + String(row.input ?? '') },
    { role: 'assistant', content: String(row.output) },
  ];
}

function readChat(list: unknown, line: number): Message[] | Problem {
  if (!Array.isArray(list)) return wrongType(line, 'messages', list, 'list');
  const messages: Message[] = [];
  for (const [i, item] of list.entries()) {
    const field = `messages[${i}]`;
    if (!isObject(item)) return wrongType(line, field, item, 'message');
    const { role, content } = item;
    if (role === undefined) return missing(line, `${field}.role`, Object.keys(item));
    if (role !== 'system' && role !== 'user' && role !== 'assistant') return unknownRole(line, field, role);
    if (content === undefined) return missing(line, `${field}.content`, Object.keys(item));
    if (typeof content !== 'string') return wrongType(line, `${field}.content`, content);
    if (role === 'system' && i > 0) {
      const message = `Line ${line}: "${field}" is a system message, but not the first one.`;
      return problem(line, 'system-not-first', message, { field });
    }
    messages.push({ role, content });
  }
  return messages;
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
  const found = present.length > 0 ? present.slice(0, 8).join(', ') : '—';
  return problem(line, 'field-missing', `Line ${line} has no field "${field}" (fields found: ${found}).`, {
    field,
    found,
  });
}

function wrongType(line: number, field: string, value: unknown, expected: Kind = 'text'): Problem {
  const found = kindOf(value);
  const message = `Line ${line}: "${field}" must be ${kinds[expected]}, but it is ${kinds[found]}.`;
  return problem(line, 'field-type', message, { field, expected, found });
}

function unknownRole(line: number, field: string, role: unknown): Problem {
  const found = JSON.stringify(role).slice(0, 40);
  const message = `Line ${line}: "${field}.role" must be system, user or assistant, but it is ${found}.`;
  return problem(line, 'unknown-role', message, { field: `${field}.role`, found });
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
