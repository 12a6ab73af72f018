/** Failures and problems in the language of the page: by code, or the English sentence when the code is new. */
import type { Failure, Notice, Problem } from '../../store';
import type { Translate } from '.';
import { en, type MessageKey } from './en';

export function describeFailure(t: Translate, failure: Failure): string {
  return sentence(t, `error.${failure.code}`, failure);
}

export function describeProblem(t: Translate, problem: Problem): string {
  return sentence(t, `problem.${problem.code}`, problem);
}

export function describeNotice(t: Translate, { failure, problem }: Notice): string {
  const said = describeFailure(t, failure);
  if (!problem) return said;
  const why = describeProblem(t, problem);
  return `${said} ${problem.line > 0 ? t('notice.inLine', { line: problem.line, problem: why }) : why}`;
}

function sentence(t: Translate, key: string, said: Pick<Failure, 'message' | 'detail'>): string {
  return isKey(key) ? t(key, { ...said.detail }) : said.message;
}

function isKey(key: string): key is MessageKey {
  return key in en;
}
