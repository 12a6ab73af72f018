/** Failures and problems in the language of the page: by code, or the English sentence when the code is new. */
import type { Failure, Problem } from '../../store';
import type { Translate } from '.';
import { en, type MessageKey } from './en';

export function describeFailure(t: Translate, failure: Failure): string {
  return sentence(t, `error.${failure.code}`, failure);
}

export function describeProblem(t: Translate, problem: Problem): string {
  return sentence(t, `problem.${problem.code}`, problem);
}

function sentence(t: Translate, key: string, said: Pick<Failure, 'message' | 'detail'>): string {
  return isKey(key) ? t(key, { ...said.detail }) : said.message;
}

function isKey(key: string): key is MessageKey {
  return key in en;
}
