/** The rows that two models can learn from together. */
import type { TokenRow } from '../data/examples';
import { placeKey } from '../data/place';
import { needSameTokens } from '../data/sameTokens';
import type { LoadedModel } from '../model/loaded';
import { StudioError } from '../studioError';
import { need, type StageContext } from './context';

type Rows = readonly TokenRow[];

/** Comparing takes long with many rows, and a plan asks often. */
const known = new WeakMap<Rows, { readonly teacherRows: Rows; readonly shared: Rows }>();

/** The student's rows that fit the teacher too. Both must read them as the same tokens; undefined when stopped. */
export async function sharedRows(
  context: Pick<StageContext, 'teacher' | 'rows'>,
  student: LoadedModel,
): Promise<readonly TokenRow[] | undefined> {
  const teacher = need(context.teacher, 'teacher');
  const teacherRows = await context.rows(teacher, 'train');
  const studentRows = await context.rows(student, 'train');
  if (!teacherRows || !studentRows) return undefined;
  const kept = known.get(studentRows);
  if (kept?.teacherRows === teacherRows) return kept.shared;
  needSameTokens(teacher.tokenizer, student.tokenizer);
  const theirs = new Map(teacherRows.map((row) => [row.example, row]));
  const shared = studentRows.filter((row) => theirs.has(row.example));
  for (const row of shared) needSameRow(row, theirs.get(row.example));
  known.set(studentRows, { teacherRows, shared });
  return shared;
}

/** Throws a StudioError `rows-differ`. */
export function needSameRow(row: TokenRow, theirs: TokenRow | undefined): void {
  if (sameTokens(row, theirs)) return;
  const line = placeKey(row.example);
  const message =
    `Teacher and student read line ${line} as other tokens although they have the same vocabulary: ` +
    'their chat templates or merges differ. Distillation compares the two models token by token.';
  throw new StudioError('rows-differ', message, { line });
}

function sameTokens(a: TokenRow, b: TokenRow | undefined): boolean {
  return b !== undefined && a.prompt.join() === b.prompt.join() && a.answer.join() === b.answer.join();
}
