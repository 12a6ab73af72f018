/** What was measured, with n and how sure it is: as the front matter has it, and as a table. */
import { wilson } from '../../runs/interval';
import { subjects } from '../../runs/seriesData';
import type { JudgedEvaluation } from '../../runs/wholeRun';
import type { Artifact, Subject } from '../../studio';
import type { CardOf, RunFacts } from '../facts';
import { code, plain, table } from './markdown';
import type { Yaml } from './yaml';

/** Whose answers speak of a result. */
const measuredAs: Readonly<Record<Artifact, Subject>> = {
  'teacher-adapter': 'teacher-sft',
  'teacher-merged': 'teacher-merged',
  'student-adapter': 'student-distilled',
  'student-distilled': 'student-distilled',
  'control-adapter': 'student-sft',
};

type Measured = Omit<JudgedEvaluation, 'answers' | 'worst'>;

/** `model-index`; undefined where nothing was measured. */
export function modelIndex(
  { record: { measured, data } }: RunFacts,
  { artifact }: CardOf,
  name: string,
): Yaml | undefined {
  const own = measured[measuredAs[artifact]];
  if (!own || own.rows === 0) return undefined;
  const { low, high } = wilson(own.correct, own.rows);
  const metrics: Yaml[] = [
    {
      ...{
        type: 'accuracy',
        value: rounded(own.correct / own.rows),
        name: own.complete ? 'Accuracy' : 'Accuracy on a sample',
      },
      args: { n: own.rows, correct: own.correct, interval_95: [rounded(low), rounded(high)], judge: own.judged.judge },
    },
    ...(own.loss === undefined ? [] : [{ type: 'loss', value: rounded(own.loss), name: 'Test loss' }]),
  ];
  const task = { type: 'text-generation', name: 'Text Generation' };
  return [{ name, results: [{ task, dataset: { type: 'private', name: data.test?.name ?? 'test rows' }, metrics }] }];
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

const names: Readonly<Record<Subject, string>> = {
  'teacher-base': 'teacher, untrained',
  'teacher-sft': 'teacher with its adapter',
  'teacher-merged': 'teacher, merged',
  'student-base': 'student, untrained',
  'student-distilled': 'student, distilled',
  'student-sft': 'student, SFT alone',
};

export function results({ record: { measured } }: RunFacts, { artifact }: CardOf): string {
  const found = subjects.flatMap((subject) => measured[subject] ?? []).filter(({ rows }) => rows > 0);
  if (found.length === 0) return '## Results\n\nNothing was measured.\n';
  const head = ['model', 'accuracy', 'right', '95 % interval', 'test loss', 'after step'];
  const own = measuredAs[artifact];
  const unrounded =
    artifact === 'student-distilled' && measured[own]
      ? '\nThe distilled student was measured with its adapter in f32 beside the base weights, before both were made one and rounded to bf16.\n'
      : '';
  return `## Results

Answers to the test rows; the intervals are Wilson's.

${table(
  head,
  found.map((each) => line(each, own)),
)}
${judges(found)}
${unrounded}`;
}

function line({ subject, correct, rows, complete, loss, step }: Measured, own: Subject): readonly string[] {
  const { low, high } = wilson(correct, rows);
  const name = subject === own ? `**${names[subject]}**` : names[subject];
  return [
    ...[name, percent(correct / rows), `${correct} of ${rows}${complete ? '' : ' (a sample)'}`],
    ...[`${percent(low)} to ${percent(high)}`, loss === undefined ? '–' : loss.toPrecision(4), String(step)],
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

const judgeTexts: Readonly<Record<Measured['judged']['judge'], string>> = {
  sum: 'behind the first `--->` stand exactly two numbers that add up to the question',
  'sum-lenient': 'the numbers behind the first `--->`, however many, add up to the question',
  exact: 'it is the expected answer, spaces around it aside',
  contains: 'the expected answer stands somewhere in it',
  regex: 'the pattern is found in it',
};

/** Each once, with whose answers it decided about where there were several. */
function judges(found: readonly Measured[]): string {
  const said = new Map<string, Subject[]>();
  for (const { subject, judged } of found) {
    const pattern = judged.judge === 'regex' ? ` (${code(judged.judgePattern)})` : '';
    const text = `An answer is right when ${judgeTexts[judged.judge]}${pattern}.`;
    said.set(text, [...(said.get(text) ?? []), subject]);
  }
  const whose = (of: readonly Subject[]) =>
    said.size > 1 ? `${plain(of.map((each) => names[each]).join('; '))}: ` : '';
  return [...said].map(([text, of]) => whose(of) + text).join('\n\n');
}
