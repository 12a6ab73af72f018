/** What `JSON.parse` lets pass in silence and a safetensors header must not have: see `strictProblem`. */
import { shorten } from '../studioError';

/** As the reference implementation: deeper lists are an attack, and take many times the memory of their text. */
const MAX_DEPTH = 128;

/**
 * The reason why a JSON text is refused, if it has a key twice in one object, a number in a list that is not written as a
 * whole one, half a surrogate pair, or too many levels. A text that is no JSON may have no reason here: parse it too.
 * Throws a SyntaxError for some texts that are no JSON.
 */
export function strictProblem(text: string): string | undefined {
  // The keys of every object around the place, and nothing for a list.
  const open: (Set<string> | undefined)[] = [];
  let isKey = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') {
      const end = stringEnd(text, at);
      const problem = stringProblem(text, at, end, isKey ? open.at(-1) : undefined);
      if (problem) return problem;
      isKey = false;
      at = end - 1;
    } else if (char === '{' || char === '[') {
      if (open.push(char === '{' ? new Set() : undefined) > MAX_DEPTH)
        return `its header is nested more than ${MAX_DEPTH} levels deep`;
      isKey = char === '{';
    } else if (char === '}' || char === ']') {
      open.pop();
    } else if (char === ',') {
      isKey = open.at(-1) !== undefined;
    } else if (isNumber(char) && open.length > 0) {
      const end = numberEnd(text, at);
      const number = text.slice(at, end);
      if (!open.at(-1) && !/^(0|-?[1-9]\d*)$/.test(number))
        return `its header has ${shorten(number)} where a whole number belongs`;
      at = end - 1;
    }
  }
  return undefined;
}

/** Regular expressions run out of stack on strings of some megabytes, and metadata may be that long. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function stringProblem(text: string, start: number, end: number, keys: Set<string> | undefined): string | undefined {
  const raw = text.slice(start + 1, end - 1);
  const value: string = raw.includes('\\') ? JSON.parse(text.slice(start, end)) : raw;
  if (value !== raw && /\p{Surrogate}/u.test(value))
    return 'its header is not UTF-8 text: it has half a surrogate pair';
  if (keys?.has(value)) return `its header names "${shorten(value)}" twice`;
  keys?.add(value);
  return undefined;
}

function isNumber(char: string): boolean {
  return (char >= '0' && char <= '9') || char === '-';
}

function numberEnd(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && /[\d.eE+-]/.test(text[end]!)) end++;
  return end;
}
