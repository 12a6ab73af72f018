/** Says whether a generated answer is right. */

import { compilePattern, type Pattern } from '../pattern';
import { StudioError } from '../studioError';
import type { Problem } from './row';

export type JudgeKind = 'sum' | 'sum-lenient' | 'exact' | 'contains' | 'regex';

export interface Judged {
  readonly question: string;
  readonly expected: string;
  readonly output: string;
  /** `regex` only. `{expected}` and `{question}` in it stand for the row's texts, taken literally. */
  readonly pattern?: string;
}

const ARROW = '--->';
const MAX_PATTERN = 500;
const MAX_TEXT = 4000;
/** Each may be as long as a text, and then takes as long as all of a pattern. */
const MAX_PLACES = 4;

/**
 * - `sum`: what follows the first `--->` is exactly `a + b`, and a + b is the question.
 * - `sum-lenient`: any number of terms there, with signs; their sum is the question.
 * - `exact`: the expected answer, spaces around it aside. `contains`: it occurs in the output.
 * - `regex`: the pattern is found in the output. Patterns above 500 and texts above 4,000 characters are refused or cut;
 *   whatever the pattern, that takes a fifth of a second at most (`pattern.ts`), and for each place where a text of the row
 *   stands in it, of which it may have four, up to a second more.
 *
 * Throws a StudioError `pattern-invalid` for a pattern that cannot be used.
 */
export function judge(kind: JudgeKind, { question, expected, output, pattern = '' }: Judged): boolean {
  switch (kind) {
    case 'sum':
      return sumsTo(question, strictTerms(output));
    case 'sum-lenient':
      return sumsTo(question, lenientTerms(output));
    case 'exact':
      return output.trim() === expected.trim();
    case 'contains':
      return expected.trim() !== '' && output.includes(expected.trim());
    case 'regex':
      return compile(pattern, { question, expected }).test(output.slice(0, MAX_TEXT));
    default:
      return kind satisfies never;
  }
}

/** Milliseconds between two looks at whether to stop: a row may take a regular expression seconds. */
const AT_A_TIME = 50;

/**
 * The problem with a judge that does not accept the expected answers themselves: no model can then be right. Undefined
 * when it accepts every one of `rows`, or when stopped.
 */
export async function judgeProblem(
  kind: JudgeKind,
  pattern: string,
  rows: readonly { readonly question: string; readonly answer: string }[],
  boundary: () => Promise<'go' | 'stop'>,
): Promise<Problem | undefined> {
  let [refused, since] = [0, performance.now()];
  for (const { question, answer } of rows) {
    if (!judge(kind, { question, expected: answer, output: answer, pattern })) refused++;
    if (performance.now() - since < AT_A_TIME) continue;
    if ((await boundary()) === 'stop') return undefined;
    since = performance.now();
  }
  if (refused === 0) return undefined;
  const message =
    `The judge "${kind}" refuses ${refused} of the ${rows.length} expected answers themselves: ` +
    'no model can be right on these rows. Choose another judge, or look at the rows.';
  return { line: 0, code: 'judge-refuses', message, detail: { judge: kind, refused, rows: rows.length } };
}

function afterArrow(output: string): string | undefined {
  const at = output.indexOf(ARROW);
  return at < 0 ? undefined : output.slice(at + ARROW.length);
}

function strictTerms(output: string): string[] | undefined {
  return /^\s*(\d+)\s*\+\s*(\d+)\s*$/.exec(afterArrow(output) ?? '')?.slice(1);
}

function lenientTerms(output: string): string[] | undefined {
  const terms = afterArrow(output)?.split('+');
  return terms?.every((term) => /^\s*-?\d+\s*$/.test(term)) ? terms : undefined;
}

/** BigInt: an untrained model may write hundreds of digits, and rounding must not make them right. */
function sumsTo(question: string, terms: readonly string[] | undefined): boolean {
  if (!terms || !/^\s*-?\d+\s*$/.test(question)) return false;
  // Numbers of a million digits take seconds, and nobody asks for their sum.
  if ([question, ...terms].some(({ length }) => length > MAX_TEXT)) return false;
  return terms.reduce((sum, term) => sum + BigInt(term.trim()), 0n) === BigInt(question.trim());
}

function compile(pattern: string, values: { question: string; expected: string }): Pattern {
  if (pattern === '') throw invalid(pattern, 'it is empty');
  if (pattern.length > MAX_PATTERN)
    throw invalid(`${pattern.slice(0, 40)}…`, `it is longer than ${MAX_PATTERN} characters`);
  let places = 0;
  const filled = pattern.replace(/\{(question|expected)\}/g, (_, name: 'question' | 'expected') => {
    places++;
    return literal(values[name]);
  });
  if (places > MAX_PLACES) throw invalid(pattern, `the row's texts stand in it more than ${MAX_PLACES} times`);
  try {
    return compilePattern(filled, 'u');
  } catch (error) {
    throw invalid(pattern, error instanceof Error ? error.message : String(error));
  }
}

function literal(text: string): string {
  return text.slice(0, MAX_TEXT).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function invalid(pattern: string, reason: string): StudioError {
  return new StudioError('pattern-invalid', `The judge's pattern "${pattern}" cannot be used: ${reason}.`, {
    pattern,
    reason,
  });
}
