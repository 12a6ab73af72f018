/** The rows that two models can learn from together. */
import type { TokenRow } from '../data/examples';
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
  const teacherRows = await context.rows(need(context.teacher, 'teacher'), 'train');
  const studentRows = await context.rows(student, 'train');
  if (!teacherRows || !studentRows) return undefined;
  const kept = known.get(studentRows);
  if (kept?.teacherRows === teacherRows) return kept.shared;
  const theirs = new Map(teacherRows.map((row) => [row.example, row]));
  const shared = studentRows.filter((row) => theirs.has(row.example));
  const differs = shared.find((row) => !sameTokens(row, theirs.get(row.example)));
  if (!differs) {
    known.set(studentRows, { teacherRows, shared });
    return shared;
  }
  const { line } = differs.example;
  const message =
    `The tokenizers of teacher and student differ: line ${line} becomes other tokens. ` +
    'Distillation compares the two models token by token, so both must come from one family.';
  throw new StudioError('tokenizers-differ', message, { line });
}

function sameTokens(a: TokenRow, b: TokenRow | undefined): boolean {
  return b !== undefined && a.prompt.join() === b.prompt.join() && a.answer.join() === b.answer.join();
}
