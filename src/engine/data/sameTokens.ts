/** Whether two tokenizers mean the same by every token: distillation compares two models token by token. */
import type { TokenDifference } from '../studio';
import { StudioError } from '../studioError';
import type { ChatTokenizer } from './tokenizer';

type Vocabulary = Pick<ChatTokenizer, 'token' | 'vocabularySize'>;

/** Only tokens count: embeddings may have more rows than there are tokens, and different numbers of them. */
export function firstDifference(teacher: Vocabulary, student: Vocabulary): TokenDifference | undefined {
  const most = Math.max(teacher.vocabularySize, student.vocabularySize);
  for (let id = 0; id < most; id += 1) {
    const pair = { teacher: teacher.token(id), student: student.token(id) };
    if (pair.teacher !== pair.student) return { id, ...pair };
  }
  return undefined;
}

/** Throws a StudioError `tokenizers-differ`. */
export function needSameTokens(teacher: Vocabulary, student: Vocabulary): void {
  const difference = firstDifference(teacher, student);
  if (!difference) return;
  const { id } = difference;
  const [theirs, ours] = [shown(difference.teacher), shown(difference.student)];
  const message =
    `The tokenizers of teacher and student differ: token ${id} is ${theirs} for the teacher and ${ours} for the student. ` +
    'Distillation compares the two models token by token, so both must come from one family.';
  throw new StudioError('tokenizers-differ', message, { id, teacher: theirs, student: ours });
}

function shown(token: string | undefined): string {
  return token === undefined ? '∅' : JSON.stringify(token);
}
